#include "topology/termination.hpp"

#include <csignal>
#include <pthread.h>
#include <unistd.h>
#include <utility>

namespace laurel::topology {

namespace {

constexpr int killed_by_second_signal = 130;
constexpr int shutdown_took_too_long = 75; // EX_TEMPFAIL: what is not committed is done again.
constexpr std::chrono::milliseconds signal_poll{100};

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

} // namespace

termination::termination(std::chrono::milliseconds shutdown_deadline)
    : shutdown_deadline_(shutdown_deadline) {
  const auto set = handled_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = std::thread([this] { watch_signals(); });
}

termination::~termination() {
  {
    const std::lock_guard lock{mutex_};
    over_ = true;
  }
  signals_.join();
}

void termination::request(ending why) {
  {
    const std::lock_guard lock{mutex_};
    if (!ending_)
      ending_ = std::move(why);
  }
  changed_.notify_all();
}

ending termination::wait(std::optional<std::chrono::milliseconds> at_most) {
  std::unique_lock lock{mutex_};
  const auto is_over = [this] { return ending_.has_value(); };
  if (!at_most)
    changed_.wait(lock, is_over);
  else if (!changed_.wait_for(lock, *at_most, is_over))
    ending_ = ending{0, "the time is over"};
  shutting_down_ = true;
  return *ending_;
}

/// Looks for signals and, once the shutdown has begun, at its deadline.
void termination::watch_signals() {
  const auto set = handled_signals();
  const timespec poll{0, std::chrono::nanoseconds{signal_poll}.count()};
  auto shutdown_left = shutdown_deadline_;
  for (;;) {
    const int caught = ::sigtimedwait(&set, nullptr, &poll);
    std::unique_lock lock{mutex_};
    if (over_)
      return;
    if (caught > 0 && ending_)
      ::_exit(killed_by_second_signal);
    if (shutting_down_) {
      shutdown_left -= signal_poll;
      if (shutdown_left <= std::chrono::milliseconds{0})
        ::_exit(shutdown_took_too_long);
    }
    lock.unlock();
    if (caught > 0)
      request({0, caught == SIGINT ? "interrupted" : "told to end"});
  }
}

} // namespace laurel::topology
