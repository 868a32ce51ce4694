#include "actors/restart_policy.hpp"

#include <algorithm>
#include <array>

namespace laurel::actors {

namespace {

using schemas::errc;
using std::chrono::milliseconds;

constexpr std::uint32_t doublings_max = 16; // Beyond it every bound is the greatest.

} // namespace

std::string_view text_of(failure_class what) {
  constexpr std::array<std::string_view, failure_class_count> names{"transient", "task", "fenced",
                                                                    "corrupt", "refused"};
  return names[static_cast<std::size_t>(what)];
}

failure_class class_of(errc code) {
  switch (code) {
  case errc::transient:
  case errc::aborted:
    return failure_class::transient;
  case errc::fenced:
    return failure_class::fenced;
  case errc::corrupt:
    return failure_class::corrupt;
  case errc::refused:
  case errc::bad_setting:
    return failure_class::refused;
  case errc::bad_input:
  case errc::not_found:
    return failure_class::task;
  }
  return failure_class::task;
}

restart_decision restart_policy::on_failure(failure_class what) {
  ++total_;
  const auto bound = std::min<milliseconds>(
    limits_.backoff_min * (1LL << std::min(failures_, doublings_max)), limits_.backoff_max);
  ++failures_;
  restart_decision made;
  switch (what) {
  case failure_class::transient:
    made.delay = jittered(bound);
    return made;
  case failure_class::fenced:
    made.delay = limits_.fenced_backoff + jittered(bound);
    return made;
  case failure_class::refused:
    made.gives_up = made.is_final = true;
    return made;
  case failure_class::corrupt:
    made.rebuilds = true;
    made.gives_up = ++rebuilds_ > limits_.rebuilds_max;
    made.delay = made.gives_up ? limits_.given_up_pause : jittered(bound);
    return made;
  case failure_class::task:
    made.gives_up = ++spent_ > limits_.restarts_max;
    made.delay = made.gives_up ? limits_.given_up_pause : jittered(bound);
    return made;
  }
  return made;
}

void restart_policy::on_success() {
  failures_ = spent_ = rebuilds_ = 0;
}

milliseconds restart_policy::jittered(milliseconds bound) const {
  return milliseconds{static_cast<std::int64_t>(static_cast<double>(bound.count()) * draw_())};
}

} // namespace laurel::actors
