#include "topology/embedded/janitor.hpp"

#include "topology/embedded/compaction.hpp"
#include "topology/embedded/retention.hpp"

#include <utility>

namespace laurel::topology::embedded {

janitor::janitor(std::shared_ptr<log_core> core)
    : core_(std::move(core)), signal_(std::make_shared<change_signal>()) {
  if (core_->settings().sync == durability::scratch)
    return;
  core_->subscribe(signal_);
  thread_ = std::thread([this] { loop(); });
}

janitor::~janitor() {
  closing_ = true;
  signal_->raise();
  if (thread_.joinable())
    thread_.join();
  core_->unsubscribe(signal_);
}

void janitor::loop() {
  // The count comes before the look at `closing_`: its signal may be the one counted.
  for (auto seen = signal_->count(); !closing_; seen = signal_->count()) {
    // What fails is tried again after the next write; the log only stays larger meanwhile.
    [[maybe_unused]] const bool tidy = retain() && clean();
    signal_->wait(seen);
  }
}

schemas::result<void> janitor::retain() {
  return drop_oldest(*core_, closing_);
}

schemas::result<void> janitor::clean() {
  for (const auto which : all_topics) {
    for (std::int32_t partition = 0;
         is_compacted(which) && !closing_
         && partition < partitions_of(which, core_->settings().partitions);
         ++partition) {
      if (auto done = compact(*core_, {which, partition}, closing_); !done)
        return done;
    }
  }
  return {};
}

} // namespace laurel::topology::embedded
