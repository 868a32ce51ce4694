#pragma once

#include "topology/kafka/producer.hpp"
#include "topology/kafka/settings.hpp"
#include "topology/letter_box.hpp"

#include <cstdint>
#include <memory>

namespace laurel::topology::kafka {

/// The dead-letter topic over a transactional producer with one id for the whole group, so that of
/// two people who settle letters at the same time one is refused. The producer is made when it is
/// needed: most processes never settle anything. Owned by the bundle; used by one thread at a time.
class topic_letters final : public letter_box {
public:
  topic_letters(const settings& from, std::int32_t partition_count)
      : settings_(from), partition_count_(partition_count) {}

  schemas::result<void> visit(std::int32_t partition, const visitor& see) override;
  schemas::result<void> take_over() override;
  schemas::result<void> settle(std::span<const letter_settlement> what) override;

private:
  step write(std::span<const letter_settlement> what, deadline until);

  const settings settings_;
  const std::int32_t partition_count_;
  std::unique_ptr<transactional_producer> producer_;
};

} // namespace laurel::topology::kafka
