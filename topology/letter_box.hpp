#pragma once

#include "actors/ports.hpp"
#include "topology/record_source.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace laurel::topology {

/// A record of the dead-letter topic.
using stored_letter = stored_record;

/// What is written when a letter is settled: a note behind it in its own partition and, if it is to
/// be processed once more, its record at the end of an input.
struct letter_settlement {
  struct record {
    schemas::input to = schemas::input::engagement;
    std::int32_t partition = 0;
    std::string value;
    actors::headers headers;
  };
  std::int32_t partition = 0;
  std::string key;
  actors::headers note;
  std::optional<record> again;
};

/// PORT: the dead-letter topic, for the few who settle its letters. Calls may block; one at a time.
class letter_box {
public:
  virtual ~letter_box() = default;

  using visitor = std::function<void(const stored_letter&)>;

  /// Visits every committed record of a partition as of now, in order.
  [[nodiscard]] virtual schemas::result<void> visit(std::int32_t partition, const visitor& see) = 0;

  /// From now on nobody else who was here before can settle anything: what `visit` tells after this
  /// stays true until our `settle`.
  [[nodiscard]] virtual schemas::result<void> take_over() = 0;

  /// Writes all of it in one transaction, or nothing. Fails with `fenced` if somebody took over.
  [[nodiscard]] virtual schemas::result<void> settle(std::span<const letter_settlement> what) = 0;
};

} // namespace laurel::topology
