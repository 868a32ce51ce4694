#pragma once

#include "state/user_store.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace laurel::actors {

/// Reads the rows of users who are asleep, on a thread of its own, so that no handler ever waits
/// for a disk. Knows nothing of actors; calls back on its thread. One per task.
class store_reader {
public:
  using answer = std::function<void(schemas::result<std::vector<state::user_rows>>)>;

  store_reader();
  ~store_reader();
  store_reader(const store_reader&) = delete;
  store_reader& operator=(const store_reader&) = delete;

  /// Reads the rows of `user_ids` from `store`; the answer has one entry a user, in order.
  void read(std::shared_ptr<const state::user_store> store, std::vector<std::string> user_ids,
            answer to);

private:
  struct job {
    std::shared_ptr<const state::user_store> store;
    std::vector<std::string> user_ids;
    answer to;
  };
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> jobs_; // Guarded by mutex_, as is stopping_.
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace laurel::actors
