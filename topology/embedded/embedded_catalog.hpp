#pragma once

#include "actors/ports.hpp"
#include "topology/embedded/log_core.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace laurel::topology::embedded {

/// A topic of one partition that is read whole - the catalog, the identities -, followed by one
/// thread of its own, appended to by any.
class embedded_catalog final : public actors::catalog_log {
public:
  embedded_catalog(std::shared_ptr<log_core> core, topic which);
  ~embedded_catalog() override; // Closes.

  void follow(std::function<void(const actors::catalog_record&)> sink,
              std::function<void()> caught_up) override;
  schemas::result<void>
  append(std::span<const std::pair<std::string, std::string>> records) override;
  void close() override;

private:
  void loop(const std::function<void(const actors::catalog_record&)>& sink,
            const std::function<void()>& caught_up);

  std::shared_ptr<log_core> core_;
  slot where_;
  std::shared_ptr<change_signal> signal_;
  std::atomic<bool> closing_{false};
  std::thread thread_;
};

} // namespace laurel::topology::embedded
