#include "tests/topology/conformance.hpp"

#include "schemas/partitioner.hpp"

#include "tests/topology/conformance_support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>

namespace laurel::tests {

std::vector<conformance_case> conformance_cases() {
  auto all = feed_cases();
  for (auto more : {task_log_cases(), catalog_cases()})
    std::move(more.begin(), more.end(), std::back_inserter(all));
  return all;
}

// -- the listener ---------------------------------------------------------------------

void recording_listener::release_to(actors::feed* feed) {
  const std::lock_guard lock(mutex_);
  releases_to_ = feed;
}

void recording_listener::on_assigned(std::span<const std::int32_t> partitions) {
  {
    const std::lock_guard lock(mutex_);
    assigned.insert(assigned.end(), partitions.begin(), partitions.end());
  }
  changed_.notify_all();
}

void recording_listener::on_revoked(std::span<const std::int32_t> partitions, bool were_lost) {
  {
    const std::lock_guard lock(mutex_);
    revoked.insert(revoked.end(), partitions.begin(), partitions.end());
    lost = lost || were_lost;
  }
  changed_.notify_all();
}

void recording_listener::on_records(std::shared_ptr<const actors::input_batch> batch) {
  seen_batch seen{batch->partition, batch->from, batch->session, batch->next_offset, batch->at_end,
                  batch->bytes,     {}};
  for (const auto& record : batch->records)
    seen.records.push_back(
      {record.offset, record.append_time_ms, std::string(record.key), std::string(record.value)});
  actors::feed* releases_to = nullptr;
  {
    const std::lock_guard lock(mutex_);
    batches.push_back(std::move(seen));
    releases_to = releases_to_;
  }
  if (releases_to != nullptr)
    releases_to->release(batch->partition, batch->from, batch->bytes);
  changed_.notify_all();
}

void recording_listener::on_feed_failed(const schemas::error& why) {
  {
    const std::lock_guard lock(mutex_);
    failed = why;
  }
  changed_.notify_all();
}

bool recording_listener::wait(const std::function<bool(const recording_listener&)>& fact) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience_, [&] { return fact(*this); });
}

std::vector<seen_batch> recording_listener::look() {
  const std::lock_guard lock(mutex_);
  return batches;
}

// -- a running feed -------------------------------------------------------------------

running_feed::running_feed(conformance_world& world, bool release)
    : listener(world.patience()), world_(world), feed_(world.make_feed()) {
  if (release)
    listener.release_to(feed_.get());
  feed_->run(listener);
  const auto all = static_cast<std::size_t>(world.partitions());
  REQUIRE(listener.wait([&](const auto& seen) { return seen.assigned.size() == all; }));
}

running_feed::~running_feed() {
  feed_->close();
}

std::uint64_t running_feed::start(std::int32_t partition) {
  const auto log = world_.task_logs().open(partition);
  REQUIRE(log);
  const auto offsets = (*log)->first_offsets();
  REQUIRE(offsets);
  return feed_->start(partition, *offsets);
}

std::vector<seen_record> running_feed::records(std::int32_t partition, std::size_t count,
                                               schemas::input from,
                                               std::optional<std::uint64_t> session) {
  const bool came = listener.wait([&](const auto& seen) {
    return records_of(seen.batches, partition, from, session).size() >= count;
  });
  CHECK_MESSAGE(came, "partition " << partition << " did not deliver " << count << " records");
  return records_of(listener.look(), partition, from, session);
}

std::vector<seen_record> records_of(const std::vector<seen_batch>& batches, std::int32_t partition,
                                    schemas::input from, std::optional<std::uint64_t> session) {
  std::vector<seen_record> records;
  for (const auto& batch : batches) {
    if (batch.partition == partition && batch.from == from
        && (!session || batch.session == *session))
      records.insert(records.end(), batch.records.begin(), batch.records.end());
  }
  return records;
}

// -- small things ---------------------------------------------------------------------

std::string user_in(const conformance_world& world, std::int32_t partition, int n) {
  for (int i = 0;; ++i) {
    auto user = "user-" + std::to_string(i);
    if (schemas::partition_of(user, world.partitions()) == partition && n-- == 0)
      return user;
  }
}

void append_values(conformance_world& world, std::int32_t partition, const std::string& tag,
                   int count, schemas::input to) {
  std::vector<actors::event_appender::record> records;
  for (int i = 0; i < count; ++i)
    records.push_back({to, user_in(world, partition), tag + "-" + std::to_string(i)});
  REQUIRE(world.appender().append(records));
}

std::vector<std::string> values_of(const std::vector<seen_record>& records) {
  std::vector<std::string> values;
  for (const auto& record : records)
    values.push_back(record.value);
  return values;
}

std::unique_ptr<actors::task_log> own(conformance_world& world, std::int32_t partition) {
  auto log = world.task_logs().open(partition);
  REQUIRE(log);
  const auto fenced = (*log)->fence();
  REQUIRE_MESSAGE(fenced, why(fenced));
  return std::move(*log);
}

actors::commit_batch commit_of(std::vector<state::row> rows, actors::input_offsets next) {
  rows.push_back({std::string(state::meta_key), "meta"});
  return {{}, std::move(rows), next, {{"epoch", "1"}}};
}

actors::output_record grant(const std::string& user, const std::string& value) {
  return {actors::output::grants, user, value, {{"epoch", "1"}}};
}

replayed replay_all(actors::task_log& log, std::optional<std::int64_t> from) {
  replayed out;
  const auto end = log.replay(from, [&](std::span<const state::row> rows, std::int64_t) {
    out.rows.insert(out.rows.end(), rows.begin(), rows.end());
    return schemas::result<void>{};
  });
  REQUIRE_MESSAGE(end, why(end));
  out.end = *end;
  return out;
}

} // namespace laurel::tests
