#pragma once

#include "actors/ports.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace laurel::tests {

/// A catalog in memory that tells its follower at once, as one thread.
class fake_catalog final : public actors::catalog_log {
public:
  void follow(std::function<void(const actors::catalog_record&)> sink,
              std::function<void()> caught_up) override {
    sink_ = std::move(sink);
    for (const auto& record : records)
      sink_({record.first, record.second, ++position_});
    caught_up();
  }

  schemas::result<void>
  append(std::span<const std::pair<std::string, std::string>> added) override {
    if (fault)
      return tl::unexpected(*fault);
    for (const auto& record : added) {
      records.push_back(record);
      if (sink_)
        sink_({record.first, record.second, ++position_});
    }
    return {};
  }

  void close() override { is_closed = true; }

  std::vector<std::pair<std::string, std::string>> records;
  std::optional<schemas::error> fault;
  bool is_closed = false;

private:
  std::function<void(const actors::catalog_record&)> sink_;
  std::int64_t position_ = 0;
};

} // namespace laurel::tests
