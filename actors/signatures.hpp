#pragma once

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace laurel::actors {

// How this release of CAF spells the contract of a typed actor. CAF 1.x writes
// `caf::result<Reply>(Request)` instead; only this file changes then.

/// The actor answers a `Request` with a `Reply`.
template <class Request, class Reply>
using answers = typename caf::replies_to<Request>::template with<Reply>;

/// The actor takes a `Message` and sends nothing back.
template <class Message>
using accepts = caf::reacts_to<Message>;

} // namespace laurel::actors
