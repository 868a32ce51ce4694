#include "topology/embedded/embedded_feed.hpp"

#include "schemas/base/check.hpp"
#include "schemas/dead_letter.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace laurel::topology::embedded {

namespace {

/// A delivery that owns the stored batches its records point into.
struct embedded_batch final : actors::input_batch {
  std::deque<std::string> bytes_held;
};

std::string_view header_of(const record_view& record, std::string_view name) {
  return find_header(record.headers, name).value_or(std::string_view{});
}

actors::log_record to_log_record(const record_view& record) {
  return {.offset = record.offset,
          .append_time_ms = record.append_time_ms,
          .key = record.key.value_or(std::string_view{}),
          .has_key = record.key.has_value(),
          .value = record.value.value_or(std::string_view{}),
          .has_value = record.value.has_value(),
          .traceparent = header_of(record, "traceparent"),
          .redriven = header_of(record, schemas::redriven_header)};
}

/// Takes the records from `from` on out of the stored batches.
schemas::result<void> fill(embedded_batch& batch, std::int64_t from) {
  for (const auto& bytes : batch.bytes_held) {
    const auto read = visit_records(bytes, from, [&](const record_view& record) {
      batch.records.push_back(to_log_record(record));
      batch.bytes += batch.records.back().key.size() + batch.records.back().value.size();
      return true;
    });
    if (!read)
      return tl::unexpected(read.error());
  }
  return {};
}

} // namespace

embedded_feed::embedded_feed(std::shared_ptr<log_core> core)
    : core_(std::move(core)), signal_(std::make_shared<change_signal>()) {
  const auto count = static_cast<std::size_t>(core_->partitions());
  partitions_.resize(count);
  positions_ = std::make_unique<std::atomic<std::int64_t>[]>(count * schemas::input_count);
  for (std::size_t i = 0; i < count * schemas::input_count; ++i)
    positions_[i] = -1;
  core_->subscribe(signal_);
}

embedded_feed::~embedded_feed() {
  close();
  core_->unsubscribe(signal_);
}

std::atomic<std::int64_t>& embedded_feed::position(std::int32_t which, std::size_t input) const {
  return positions_[static_cast<std::size_t>(which) * schemas::input_count + input];
}

// -- calls from anywhere ------------------------------------------------------------

void embedded_feed::run(actors::feed_listener& listener) {
  CHECK_ALWAYS(!thread_.joinable());
  thread_ = std::thread([this, &listener] { loop(listener); });
}

void embedded_feed::post(call what) {
  {
    const std::lock_guard lock(calls_mutex_);
    calls_.push_back(std::move(what));
  }
  signal_->raise();
}

std::uint64_t embedded_feed::start(std::int32_t partition, const actors::input_offsets& offsets) {
  // Numbered under the lock, so that later starts have greater numbers in the queue as well.
  std::uint64_t session = 0;
  {
    const std::lock_guard lock(calls_mutex_);
    session = ++sessions_;
    calls_.push_back(start_call{partition, session, offsets});
  }
  signal_->raise();
  return session;
}

void embedded_feed::stop(std::int32_t partition) {
  post(stop_call{partition});
}

void embedded_feed::release(std::int32_t partition, schemas::input from, std::size_t bytes) {
  post(release_call{partition, from, bytes});
}

std::int64_t embedded_feed::lag(std::int32_t partition, schemas::input from) const {
  const auto input = static_cast<std::size_t>(from);
  const auto state = core_->state_of({input_topics[input], partition});
  auto next = position(partition, input).load();
  if (next < 0)
    next = std::max(core_->committed(partition)[input], state.first_offset);
  return std::max<std::int64_t>(0, state.next_offset - next);
}

void embedded_feed::close() {
  closing_ = true;
  signal_->raise();
  if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id())
    thread_.join();
}

// -- the feed's thread ----------------------------------------------------------------

void embedded_feed::loop(actors::feed_listener& listener) {
  std::vector<std::int32_t> all(partitions_.size());
  std::iota(all.begin(), all.end(), 0);
  listener.on_assigned(all);
  // The count comes before the look at `closing_`: its signal may be the one counted.
  for (auto seen = signal_->count(); !closing_; seen = signal_->count()) {
    take_calls();
    if (!deliver_round(listener))
      signal_->wait(seen);
  }
  for (auto& each : partitions_)
    each.started = false;
  listener.on_revoked(all, false);
}

void embedded_feed::take_calls() {
  std::vector<call> calls;
  {
    const std::lock_guard lock(calls_mutex_);
    calls.swap(calls_);
  }
  for (const auto& each : calls)
    std::visit([this](const auto& what) { obey(what); }, each);
}

void embedded_feed::obey(const start_call& what) {
  auto& which = partitions_.at(static_cast<std::size_t>(what.partition));
  which.started = true;
  which.session = what.session;
  for (std::size_t input = 0; input < schemas::input_count; ++input) {
    auto& at = which.inputs[input];
    at.next_offset = what.offsets[input];
    at.told_end = -1;
    position(what.partition, input) = at.next_offset;
  }
}

void embedded_feed::obey(const stop_call& what) {
  partitions_.at(static_cast<std::size_t>(what.partition)).started = false;
}

void embedded_feed::obey(const release_call& what) {
  auto& which = partitions_.at(static_cast<std::size_t>(what.partition));
  auto& at = which.inputs[static_cast<std::size_t>(what.from)];
  CHECK_ALWAYS(what.bytes <= at.lent_bytes);
  at.lent_bytes -= what.bytes;
}

/// One delivery at most for each input of each partition, so that all get their turn and calls are
/// obeyed soon. Returns false if there is nothing to do until something changes.
bool embedded_feed::deliver_round(actors::feed_listener& listener) {
  bool worked = false;
  for (std::size_t which = 0; which < partitions_.size(); ++which) {
    for (std::size_t input = 0; input < schemas::input_count && !closing_; ++input) {
      const auto delivered = deliver(listener, static_cast<std::int32_t>(which), input);
      if (!delivered) {
        partitions_[which].started = false;
        listener.on_feed_failed(delivered.error());
        continue;
      }
      worked = worked || *delivered;
    }
  }
  return worked;
}

schemas::result<bool> embedded_feed::deliver(actors::feed_listener& listener, std::int32_t which,
                                             std::size_t input) {
  auto& part = partitions_[static_cast<std::size_t>(which)];
  auto& at = part.inputs[input];
  const slot where{input_topics[input], which};
  if (!part.started || at.lent_bytes >= core_->settings().feed_credit_bytes)
    return false;
  const auto state = core_->state_of(where);
  if (at.next_offset > state.next_offset || at.next_offset < state.first_offset)
    return schemas::failure(
      schemas::errc::refused,
      "offset " + std::to_string(at.next_offset) + " of " + std::string(name_of(where.of)) + "/"
        + std::to_string(which) + " is outside of the log, which has "
        + std::to_string(state.first_offset) + " to " + std::to_string(state.next_offset));
  if (at.next_offset == state.next_offset && at.told_end == state.next_offset)
    return false;
  auto run = core_->read(where, at.next_offset, core_->settings().feed_batch_bytes);
  if (!run)
    return tl::unexpected(run.error());
  auto batch = std::make_shared<embedded_batch>();
  batch->bytes_held = std::move(run->batches);
  batch->partition = which;
  batch->session = part.session;
  batch->from = static_cast<schemas::input>(input);
  batch->next_offset = run->next_offset;
  batch->at_end = run->at_end;
  if (auto filled = fill(*batch, at.next_offset); !filled)
    return tl::unexpected(filled.error());
  at.next_offset = run->next_offset;
  at.told_end = run->at_end ? run->next_offset : -1;
  at.lent_bytes += batch->bytes;
  position(which, input) = at.next_offset;
  listener.on_records(std::move(batch));
  return true;
}

} // namespace laurel::topology::embedded
