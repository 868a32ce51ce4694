#pragma once

#include "schemas/base/time.hpp"
#include "topology/sample/sample_stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::topology {

/// How far the sample stream has been told. Plain class; the wall clock is an argument.
///
/// At the very first start the last ten days are told in short, then time goes on live. After a
/// short stop (a minute) the slots that were missed are made up for; after a longer one, the whole
/// days that were missed are told in short.
class sample_cursor {
public:
  static constexpr std::int64_t history_days = 10;
  static constexpr std::int64_t catch_up_ms = 60'000;

  /// `saved`: what `text()` gave; nothing, or something unreadable, is a first start.
  sample_cursor(sample_stream stream, std::optional<std::string_view> saved,
                schemas::event_time now);

  /// The lines that are due, about `lines_max` of them; empty if there are none. The cursor has
  /// moved past them: whoever takes them sends them, until it succeeds.
  std::vector<std::string> take(schemas::event_time now, std::size_t lines_max);

  std::string text() const;

private:
  sample_stream stream_;
  std::int64_t next_day_ = 0;       // Days before it are told.
  std::int64_t first_live_day_ = 0; // Days from it on are told slot by slot.
  std::int64_t next_slot_ = 0;
};

} // namespace laurel::topology
