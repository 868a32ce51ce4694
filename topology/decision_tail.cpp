#include "topology/decision_tail.hpp"

#include "schemas/decision_codec.hpp"

#include <chrono>
#include <utility>

namespace laurel::topology {

namespace {

constexpr std::size_t records_at_once = 1'000;
constexpr std::chrono::milliseconds wait{500};

} // namespace

decision_tail::decision_tail(const embedded_log& log, sink to)
    : tail_(log.tail({embedded::topic::grants}, embedded::log_tail::begin::at_end)),
      to_(std::move(to)),
      thread_([this] { run(); }) {}

decision_tail::~decision_tail() {
  is_stopping_ = true;
  tail_->interrupt();
  thread_.join();
}

void decision_tail::run() {
  while (!is_stopping_) {
    auto records = tail_->next(records_at_once, wait);
    if (!records)
      return; // The log is closing; the view just stops.
    for (const auto& record : *records)
      if (auto decision = schemas::decode_decision(record.value.value_or("")))
        to_(std::move(*decision));
  }
}

} // namespace laurel::topology
