#pragma once

#include "topology/embedded/embedded_records.hpp"
#include "topology/letter_box.hpp"

#include <memory>

namespace laurel::topology::embedded {

/// The dead-letter topic of the log. One process holds the directory, so nobody has to be fenced.
class embedded_letters final : public letter_box {
public:
  explicit embedded_letters(std::shared_ptr<log_core> core) : core_(core), records_(core) {}

  schemas::result<void> visit(std::int32_t partition, const visitor& see) override;
  schemas::result<void> take_over() override { return {}; }
  schemas::result<void> settle(std::span<const letter_settlement> what) override;

private:
  std::shared_ptr<log_core> core_;
  embedded_records records_;
};

} // namespace laurel::topology::embedded
