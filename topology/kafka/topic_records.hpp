#pragma once

#include "topology/kafka/settings.hpp"
#include "topology/record_source.hpp"

namespace laurel::topology::kafka {

/// Reads topics with a consumer of its own for each call, which sees what is committed alone. Fails
/// with `transient` if the brokers say nothing for half a minute.
class topic_records final : public record_source {
public:
  explicit topic_records(const settings& from) : settings_(from) {}

  schemas::result<void> visit(stream which, std::int32_t partition, const visitor& see) override;

private:
  const settings settings_;
};

} // namespace laurel::topology::kafka
