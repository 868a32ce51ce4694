#include "actors/store_reader.hpp"

#include <utility>

namespace laurel::actors {

store_reader::store_reader() : thread_([this] { run(); }) {}

store_reader::~store_reader() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void store_reader::read(std::shared_ptr<const state::user_store> store,
                        std::vector<std::string> user_ids, answer to) {
  {
    const std::lock_guard lock{mutex_};
    jobs_.push_back({std::move(store), std::move(user_ids), std::move(to)});
  }
  wake_.notify_one();
}

void store_reader::run() {
  for (;;) {
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_)
      return; // Who asked is gone, or drops the answer by its generation.
    auto next = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    next.to(next.store->read(next.user_ids));
  }
}

} // namespace laurel::actors
