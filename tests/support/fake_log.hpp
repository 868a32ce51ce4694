#pragma once

#include "actors/job_runner.hpp"
#include "actors/ports.hpp"
#include "actors/store_directory.hpp"
#include "schemas/partitioner.hpp"
#include "state/meta.hpp"
#include "state/user_store.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace laurel::tests {

/// A broker in memory, strict where a real one is: what is not committed is not there, a fenced
/// owner is refused, group offsets move only with a transaction. One partition; no threads.
///
/// Every call of the pipeline to a port is numbered, and the test can make any of them fail or
/// "die" (`die_at`): the call has, or has not, had its effect, and whatever the process does
/// afterwards has none, until `restart`.
class fake_log {
public:
  struct stored_input {
    std::string key;
    std::string value;
  };

  // -- the world's side
  void append(schemas::input to, std::string key, std::string value) {
    inputs[static_cast<std::size_t>(to)].push_back({std::move(key), std::move(value)});
  }

  std::array<std::vector<stored_input>, schemas::input_count> inputs;
  std::vector<actors::output_record> outputs; // Committed ones only.
  std::vector<state::row> changelog;          // Committed ones only.
  actors::input_offsets group_offsets{-1, -1, -1};
  std::uint64_t owner = 0; // The newest fence.

  // -- faults
  int calls = 0;
  int die_before = 0; // This call has no effect, and the process is dead. 0: never.
  int die_after = 0;  // This call has its effect, and the process is dead.
  bool dead = false;
  int abort_next = 0; // So many commits are aborted.

  /// Counts a port call; returns whether it takes effect.
  bool enter() {
    if (dead)
      return false;
    ++calls;
    if (calls == die_before) {
      dead = true;
      return false;
    }
    return true;
  }
  void leave() {
    if (!dead && calls == die_after)
      dead = true;
  }
};

/// One owner's side of the fake log.
class fake_task_log final : public actors::task_log {
public:
  explicit fake_task_log(fake_log& log) : log_(log) {}

  schemas::result<void> fence() override {
    if (!log_.enter())
      return gone();
    mine_ = ++log_.owner;
    log_.leave();
    return {};
  }
  schemas::result<actors::input_offsets> committed_offsets() override {
    if (!log_.enter())
      return gone();
    return log_.group_offsets;
  }
  schemas::result<actors::input_offsets> first_offsets() override {
    return actors::input_offsets{0, 0};
  }
  schemas::result<std::int64_t> replay(std::optional<std::int64_t> position,
                                       const actors::replay_sink& sink) override {
    if (!log_.enter())
      return gone();
    const auto end = static_cast<std::int64_t>(log_.changelog.size());
    const auto begin = position.value_or(0);
    if (begin > end)
      return schemas::failure(schemas::errc::corrupt, "position beyond the end");
    for (auto at = begin; at < end; ++at)
      if (auto kept =
            sink(std::span{log_.changelog}.subspan(static_cast<std::size_t>(at), 1), at + 1);
          !kept)
        return tl::unexpected{kept.error()};
    return end;
  }
  actors::commit_outcome commit(const actors::commit_batch& batch) override {
    using kind = actors::commit_outcome::kind;
    if (!log_.enter())
      return {kind::aborted, 0, "dead"};
    if (mine_ != log_.owner)
      return {kind::fenced, 0, "another owner"};
    if (log_.abort_next > 0) {
      --log_.abort_next;
      return {kind::aborted, 0, "as the test asked"};
    }
    log_.outputs.insert(log_.outputs.end(), batch.outputs.begin(), batch.outputs.end());
    log_.changelog.insert(log_.changelog.end(), batch.rows.begin(), batch.rows.end());
    log_.group_offsets = batch.next_offset;
    log_.leave();
    if (log_.dead)
      return {kind::aborted, 0, "dead"};
    return {kind::committed, static_cast<std::int64_t>(log_.changelog.size()), ""};
  }

private:
  static tl::unexpected<schemas::error> gone() {
    return schemas::failure(schemas::errc::transient, "dead");
  }

  fake_log& log_;
  std::uint64_t mine_ = 0;
};

class fake_log_factory final : public actors::task_log_factory {
public:
  explicit fake_log_factory(fake_log& log) : log_(log) {}
  schemas::result<std::unique_ptr<actors::task_log>> open(std::int32_t) override {
    return std::make_unique<fake_task_log>(log_);
  }

private:
  fake_log& log_;
};

/// Hands over what the log has when the test says `pump`. Strict about credit: what is delivered
/// must be released exactly once.
class fake_feed final : public actors::feed {
public:
  explicit fake_feed(fake_log& log) : log_(log) {}

  void run(actors::feed_listener& listener) override { listener_ = &listener; }
  std::uint64_t start(std::int32_t, const actors::input_offsets& offsets) override {
    if (!log_.enter())
      return 0;
    next_ = offsets;
    told_end_ = {false, false};
    running_ = true;
    return ++session_;
  }
  void stop(std::int32_t) override { running_ = false; }
  void release(std::int32_t, schemas::input, std::size_t bytes) override {
    CHECK(outstanding >= bytes);
    outstanding -= bytes;
  }
  std::int64_t lag(std::int32_t, schemas::input) const override { return 0; }
  void close() override {}

  /// Delivers up to `records_max` records of each input; false if there was nothing to deliver.
  bool pump(std::size_t records_max = 1000) {
    bool any = false;
    for (std::size_t i = 0; running_ && !log_.dead && i < schemas::input_count; ++i)
      any = deliver(static_cast<schemas::input>(i), records_max) || any;
    return any;
  }

  std::size_t outstanding = 0; // Bytes delivered and not released.

private:
  struct owned_batch : actors::input_batch {
    std::deque<fake_log::stored_input> bytes_of;
  };

  bool deliver(schemas::input from, std::size_t records_max) {
    const auto lane = static_cast<std::size_t>(from);
    const auto& stored = log_.inputs[lane];
    auto batch = std::make_shared<owned_batch>();
    while (batch->records.size() < records_max
           && static_cast<std::size_t>(next_[lane]) < stored.size()) {
      const auto& kept =
        batch->bytes_of.emplace_back(stored[static_cast<std::size_t>(next_[lane])]);
      actors::log_record record;
      record.offset = next_[lane]++;
      record.append_time_ms = 4'000'000'000'000 + record.offset;
      record.key = kept.key;
      record.has_key = true;
      record.value = kept.value;
      record.has_value = true;
      batch->bytes += kept.key.size() + kept.value.size();
      batch->records.push_back(record);
    }
    batch->at_end = static_cast<std::size_t>(next_[lane]) == stored.size();
    if (batch->records.empty() && std::exchange(told_end_[lane], true))
      return false;
    told_end_[lane] = batch->at_end;
    batch->session = session_;
    batch->from = from;
    batch->next_offset = next_[lane];
    outstanding += batch->bytes;
    listener_->on_records(batch);
    return true;
  }

  fake_log& log_;
  actors::feed_listener* listener_ = nullptr;
  actors::input_offsets next_{};
  std::array<bool, schemas::input_count> told_end_{};
  std::uint64_t session_ = 0;
  bool running_ = false;
};

/// A store that survives the process, in memory.
class fake_store final : public state::user_store {
public:
  explicit fake_store(fake_log& log) : log_(log) {}

  schemas::result<std::optional<std::int64_t>> changelog_position() const override {
    return position_;
  }
  schemas::result<std::optional<std::string>> meta() const override {
    const auto found = rows_.find(std::string{state::meta_key});
    return found == rows_.end() ? std::nullopt : std::optional{found->second};
  }
  schemas::result<std::vector<state::user_rows>>
  read(std::span<const std::string> user_ids) const override {
    if (faulty_reads > 0) {
      --faulty_reads;
      return tl::unexpected{read_fault};
    }
    std::vector<state::user_rows> all;
    for (const auto& id : user_ids) {
      auto& mine = all.emplace_back();
      const auto prefix = state::user_prefix(id);
      for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix);
           ++at) {
        const bool is_core = at->first == state::core_key(id);
        mine.insert(is_core ? mine.begin() : mine.end(), state::row{at->first, at->second});
      }
    }
    return all;
  }
  schemas::result<std::vector<std::optional<std::string>>>
  values(std::span<const std::string> keys) const override {
    std::vector<std::optional<std::string>> found;
    for (const auto& key : keys) {
      const auto at = rows_.find(key);
      found.push_back(at != rows_.end() ? std::optional(at->second) : std::nullopt);
    }
    return found;
  }
  schemas::result<state::due_timers> due(const state::timer_query& query) const override {
    state::timer_scan scan(query);
    for (auto at = rows_.lower_bound(scan.first_key()); at != rows_.end() && scan.take(at->first);)
      ++at;
    return scan.answer();
  }
  schemas::result<std::vector<state::row>> scan(std::string_view prefix) const override {
    std::vector<state::row> found;
    for (auto at = rows_.lower_bound(std::string{prefix});
         at != rows_.end() && at->first.starts_with(prefix); ++at)
      found.push_back({at->first, at->second});
    return found;
  }
  schemas::result<void> apply(std::span<const state::row> rows, std::int64_t position) override {
    if (!log_.enter())
      return schemas::failure(schemas::errc::transient, "dead");
    for (const auto& row : rows)
      if (row.value)
        rows_[row.key] = *row.value;
      else
        rows_.erase(row.key);
    position_ = position;
    log_.leave();
    if (log_.dead)
      return schemas::failure(schemas::errc::transient, "dead");
    return {};
  }
  schemas::result<void>
  for_each(const std::function<void(std::string_view, std::string_view)>& visit) const override {
    for (const auto& [key, value] : rows_)
      visit(key, value);
    return {};
  }
  schemas::result<void> flush() override { return {}; }

  const std::map<std::string, std::string>& rows() const { return rows_; }

  mutable int faulty_reads = 0; // So many reads of users fail, with `read_fault`.
  schemas::error read_fault;

  /// Puts other bytes under a key, behind everybody's back; returns what was there.
  std::string damage(const std::string& key, std::string value) {
    return std::exchange(rows_[key], std::move(value));
  }

private:
  fake_log& log_;
  std::map<std::string, std::string> rows_;
  std::optional<std::int64_t> position_;
};

class fake_store_factory final : public actors::store_factory {
public:
  explicit fake_store_factory(fake_log& log)
      : log_(log), store(std::make_shared<fake_store>(log)) {}
  schemas::result<std::shared_ptr<state::user_store>> open(std::int32_t) override {
    if (open_fault)
      return tl::unexpected{*open_fault};
    return store;
  }
  schemas::result<void> quarantine(std::int32_t) override {
    ++quarantined;
    store = std::make_shared<fake_store>(log_);
    return {};
  }

private:
  fake_log& log_;

public:
  std::shared_ptr<fake_store> store;
  std::optional<schemas::error> open_fault; // Every `open` fails like this.
  int quarantined = 0;
};

/// Runs each job at once, in the caller's thread.
class inline_runner final : public actors::job_runner {
public:
  void post(std::function<void()> job) override { job(); }
};

} // namespace laurel::tests
