#pragma once

#include "topology/embedded/log_reader.hpp"
#include "topology/record_source.hpp"

#include <memory>

namespace laurel::topology::embedded {

/// Reads topics of the log.
class embedded_records final : public record_source {
public:
  explicit embedded_records(std::shared_ptr<log_core> core) : reader_(std::move(core)) {}

  schemas::result<void> visit(stream which, std::int32_t partition, const visitor& see) override;

private:
  log_reader reader_;
};

} // namespace laurel::topology::embedded
