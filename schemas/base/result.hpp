#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace laurel::schemas {

/// Who can cure a failure; that decides what the caller does with it.
enum class errc {
  bad_input,   // The sender of a record, a rule or a request: reject it, never retry.
  bad_setting, // The operator: the start is refused, exit code 78.
  not_found,   // Nobody: the thing asked for is not there.
  transient,   // Time: retry in place, with backoff.
  fenced,      // Nobody: another owner has taken over; drop the task's state.
  aborted,     // Nobody: the transaction was rolled back; reopen from what is committed.
  corrupt,     // Recovery: stored bytes are not what was written; quarantine and rebuild.
  refused,     // The operator: going on would lose data; the message names the cure.
};

/// A failure with a sentence that names what, where and how to cure it.
struct error {
  errc code = errc::bad_input;
  std::string message;

  friend bool operator==(const error&, const error&) = default;
};

/// Either a value or an `error`. Functions that return one are marked `[[nodiscard]]`.
template <class T>
using result = tl::expected<T, error>;

/// Makes the failing side of a `result`.
inline tl::unexpected<error> failure(errc code, std::string message) {
  return tl::unexpected<error>(error{code, std::move(message)});
}

} // namespace laurel::schemas
