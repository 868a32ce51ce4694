#pragma once

#include "actors/ports.hpp"
#include "topology/embedded/log_core.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

namespace laurel::topology::embedded {

/// Delivers input records from the log. One thread of its own calls the listener; it sleeps until
/// something is appended or asked for. All partitions are this process's from `run` to `close`.
class embedded_feed final : public actors::feed {
public:
  explicit embedded_feed(std::shared_ptr<log_core> core);
  ~embedded_feed() override; // Closes.

  void run(actors::feed_listener& listener) override;
  std::uint64_t start(std::int32_t partition, const actors::input_offsets& offsets) override;
  void stop(std::int32_t partition) override;
  void release(std::int32_t partition, schemas::input from, std::size_t bytes) override;
  std::int64_t lag(std::int32_t partition, schemas::input from) const override;

  /// Waits for the thread; from the listener's own call it only asks it to end.
  void close() override;

private:
  /// One input of one partition, as the feed's thread sees it.
  struct cursor {
    std::int64_t next_offset = 0;
    std::size_t lent_bytes = 0; // Delivered and not given back.
    std::int64_t told_end = -1; // The end that was last told with `at_end`.
  };
  struct assignment {
    bool started = false;
    std::uint64_t session = 0;
    std::array<cursor, schemas::input_count> inputs;
  };

  // What others ask for, in order.
  struct start_call {
    std::int32_t partition = 0;
    std::uint64_t session = 0;
    actors::input_offsets offsets{};
  };
  struct stop_call {
    std::int32_t partition = 0;
  };
  struct release_call {
    std::int32_t partition = 0;
    schemas::input from = schemas::input::engagement;
    std::size_t bytes = 0;
  };
  using call = std::variant<start_call, stop_call, release_call>;

  void post(call what);
  void loop(actors::feed_listener& listener);
  void take_calls();
  void obey(const start_call& what);
  void obey(const stop_call& what);
  void obey(const release_call& what);
  bool deliver_round(actors::feed_listener& listener);
  schemas::result<bool> deliver(actors::feed_listener& listener, std::int32_t which,
                                std::size_t input);
  std::atomic<std::int64_t>& position(std::int32_t which, std::size_t input) const;

  std::shared_ptr<log_core> core_;
  std::shared_ptr<change_signal> signal_; // Raised by appends and by calls.
  std::atomic<std::uint64_t> sessions_{0};
  std::atomic<bool> closing_{false};
  std::unique_ptr<std::atomic<std::int64_t>[]> positions_; // For `lag`; -1: not started.

  std::mutex calls_mutex_;
  std::vector<call> calls_;

  std::vector<assignment> partitions_; // Of the feed's thread.
  std::thread thread_;
};

} // namespace laurel::topology::embedded
