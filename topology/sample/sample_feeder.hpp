#pragma once

#include "actors/journal.hpp"
#include "api/gateway.hpp"
#include "topology/sample/sample_cursor.hpp"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

namespace laurel::topology {

/// The sample rules: a JSON array, as topology/sample/rules.json has it.
std::string_view sample_rules();

/// Publishes the sample rules into a catalog that has no rule yet; what somebody has changed since
/// the first start stays as it is.
[[nodiscard]] schemas::result<void> publish_sample_rules(api::gateway& engine);

/// Feeds the sample stream to a running engine, from a thread of its own, between `start` and
/// `stop` (or the destructor). Remembers how far it came in a file, which may lag behind what was
/// sent: what is sent again has the same ids.
class sample_feeder {
public:
  struct parts {
    api::gateway* engine = nullptr; // Both outlive it.
    actors::journal* journal = nullptr;
    std::filesystem::path position_file;
    std::function<schemas::event_time()> now; // The wall clock.
    std::uint64_t seed = 7;
  };

  explicit sample_feeder(parts from);
  ~sample_feeder();
  sample_feeder(const sample_feeder&) = delete;
  sample_feeder& operator=(const sample_feeder&) = delete;

  void start();
  void stop();

private:
  void run();
  bool send(const std::vector<std::string>& lines);
  void save();
  bool wait(std::chrono::milliseconds at_most); // True: it is time to stop.

  parts given_;
  sample_cursor cursor_; // The thread's own.
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false; // Guarded by mutex_.
  std::thread thread_;
};

} // namespace laurel::topology
