#pragma once

#include <optional>
#include <string>

namespace laurel::api {

/// An answer without an end: server-sent events. The listener asks it again and again, on a thread
/// that may be kept waiting, one question at a time.
class event_stream {
public:
  virtual ~event_stream() = default;

  /// What is to be sent now; empty if there is nothing new. Nothing at all: the stream is over.
  virtual std::optional<std::string> next() = 0;

  /// Whose stream it is, for the limit of streams of one caller.
  virtual const std::string& owner() const = 0;
};

} // namespace laurel::api
