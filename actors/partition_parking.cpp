// Parking: what a partition actor does with a user whose state cannot be read or evaluated. Records
// of that user wait in the store, in order and in the same commits as everything else; all other
// users go on. Unparking is a round of its own between two others: the waiting records are
// evaluated and their rows deleted in one commit, so nothing is overtaken and nothing is done
// twice.

#include "actors/partition_actor.hpp"
#include "actors/user_actor.hpp"
#include "schemas/dead_letter.hpp"

#include <algorithm>
#include <utility>

namespace laurel::actors {

namespace {

constexpr std::string_view overflow_class = "parked_overflow";

/// Waiting records of one input, as if they had just been delivered; owns their bytes.
struct parked_batch final : input_batch {
  std::vector<state::parked_record> held;
};

void add(parked_batch& batch, state::parked_record record) {
  batch.held.push_back(std::move(record));
}

/// Once nothing is added any more: views into what is held.
void show(parked_batch& batch) {
  for (const auto& kept : batch.held)
    batch.records.push_back({.offset = kept.offset,
                             .append_time_ms = kept.append_time_ms,
                             .key = kept.key,
                             .has_key = true,
                             .value = kept.value,
                             .has_value = true,
                             .traceparent = {},
                             .redriven = kept.redriven});
}

state::parked_record copy_of(const queued_record& origin) {
  const auto& raw = *origin.batch->raw;
  const auto& record = raw.records[origin.index];
  return {.input = static_cast<std::uint32_t>(raw.from),
          .offset = record.offset,
          .append_time_ms = record.append_time_ms,
          .key = std::string{record.key},
          .value = std::string{record.value},
          .redriven = std::string{record.redriven}};
}

} // namespace

// -- parking ----------------------------------------

void partition_actor_state::park(const std::string& user_id, const std::string& reason) {
  context_->journal->note(severity::error, "user parked",
                          {{"target", "task"},
                           {"partition", std::to_string(partition_)},
                           {"user", user_id},
                           {"class", "user"},
                           {"reason", reason},
                           {"next", "laurel users unpark, once the cause is cured"}});
  parked_.emplace(user_id, state::parked_user{user_id, reason, 0, 0, 0});
}

/// The events of a parked user wait as rows; beyond the limits they become dead letters.
void partition_actor_state::park_group(std::uint32_t group) {
  const auto& settings = context_->settings;
  const auto& mine = round_->groups[group];
  auto& entry = parked_.find(users_->at(mine.slot).user_id)->second;
  for (auto i = mine.first; i < mine.first + mine.count; ++i) {
    const auto record = copy_of(round_->origins[i]);
    const auto bytes = record.key.size() + record.value.size();
    const bool has_room = entry.records < settings.parked_records_max
                          && parked_bytes_ + bytes <= settings.parked_bytes_max;
    if (!has_room) {
      stage_overflow(round_->origins[i], entry);
      continue;
    }
    if (entry.records == 0)
      entry.since_ms = record.append_time_ms;
    window_.stage(state::record_row(entry.user_id, entry.records, record));
    ++entry.records;
    entry.bytes += bytes;
    parked_bytes_ += bytes;
    ++meta_.counters.parked;
  }
  parked_changed_.insert(entry.user_id);
}

void partition_actor_state::stage_overflow(const queued_record& origin,
                                           const state::parked_user& user) {
  const auto& raw = *origin.batch->raw;
  const auto& record = raw.records[origin.index];
  auto letter = schemas::make_dead_letter(
    origin_of(raw, record), overflow_class,
    "user " + user.user_id
      + " is parked, and as many records wait as may; unpark the user, then "
        "re-drive this: "
      + user.reason,
    record.value);
  letter.headers.emplace_back("version", context_->settings.version);
  window_.stage(
    {output::dlq, std::string{record.key}, std::move(letter.value), std::move(letter.headers)});
  ++meta_.counters.dead_letter;
}

/// The rows that say who is parked: once a commit for each, however much was added.
void partition_actor_state::stage_parked_users() {
  for (const auto& user_id : parked_changed_)
    if (const auto found = parked_.find(user_id); found != parked_.end())
      window_.stage(state::user_row(found->second));
  parked_changed_.clear();
}

// -- unparking ----------------------------------------

caf::result<user_unparked> partition_actor_state::on_unpark(const unpark_user& message) {
  auto promise = self_->make_response_promise<user_unparked>();
  const auto refuse = [&](std::string why) {
    promise.deliver(user_unparked{0, std::move(why)});
    return promise;
  };
  if (phase_ != task_phase::running || rules_.book == nullptr)
    return refuse("the task of the user does not run now: " + std::string{text_of(phase_)});
  if (parked_.find(message.user_id) == parked_.end())
    return refuse("user \"" + message.user_id + "\" is not parked");
  if (unpark_)
    return refuse("user \"" + unpark_->user_id + "\" is just being unparked; try again");
  unpark_.emplace(unpark_in_hand{message.user_id, promise, unpark_in_hand::stage::waits, {}});
  continue_unpark();
  return promise;
}

/// Waits until all that came before is committed; then the store knows every record that waits.
void partition_actor_state::continue_unpark() {
  if (!unpark_ || unpark_->at != unpark_in_hand::stage::waits || round_ != nullptr || committing_)
    return;
  if (!window_.empty()) {
    commit();
    return;
  }
  unpark_->at = unpark_in_hand::stage::loads;
  const partition_actor me = self_;
  reader_->post([me, generation = generation_, store = store_, user = unpark_->user_id,
                 secret = secret_of_erased()] {
    parked_loaded loaded{generation, {}};
    auto records = store->scan(state::parked_records_prefix(user));
    auto rows = state::read_users(*store, std::span{&user, 1}, secret);
    if (!records)
      loaded.what = tl::unexpected{records.error()};
    else if (!rows)
      loaded.what = tl::unexpected{rows.error()};
    else
      loaded.what = parked_loaded::found{std::move(*records), std::move(rows->front())};
    caf::anon_send(me, std::move(loaded));
  });
}

void partition_actor_state::on_parked_loaded(parked_loaded& message) {
  if (message.generation != generation_ || !unpark_)
    return;
  if (phase_ != task_phase::running)
    return end_unpark("the task does not run any more");
  if (!message.what) {
    end_unpark(message.what.error().message);
    fail(class_of(message.what.error().code), "reading users: " + message.what.error().message);
    return;
  }
  auto made = round_of_parked(message.what->records);
  if (!made) {
    end_unpark(made.error().message);
    start_round_if_possible();
    return;
  }
  unpark_->at = unpark_in_hand::stage::evaluates;
  round_ = std::move(*made);
  if (round_->groups.empty()) {
    finish_round();
    return;
  }
  round_->answers = std::make_unique<answer_sheet>(1, 1);
  auto& user = users_->at(round_->groups.front().slot);
  user.actor =
    self_->spawn(run_user_actor, user_actor_args{user.user_id, std::move(message.what->user)});
  evaluate(round_->groups.front().slot);
}

/// A round of all records that wait for the user, in the order in which they came.
schemas::result<std::shared_ptr<round>>
partition_actor_state::round_of_parked(const std::vector<state::row>& rows) {
  std::array<std::shared_ptr<parked_batch>, schemas::input_count> raw;
  std::vector<std::size_t> lanes;
  for (auto& each : raw)
    each = std::make_shared<parked_batch>();
  for (const auto& row : rows) {
    auto record = state::decode_parked_record(*row.value);
    if (!record)
      return tl::unexpected{record.error()};
    if (record->input >= raw.size())
      return schemas::failure(schemas::errc::corrupt, "a parked record names no input");
    unpark_->keys.push_back(row.key);
    lanes.push_back(record->input);
    add(*raw[record->input], std::move(*record));
  }
  std::array<std::shared_ptr<const decoded_batch>, schemas::input_count> batches;
  for (std::size_t lane = 0; lane < raw.size(); ++lane) {
    raw[lane]->partition = partition_;
    raw[lane]->from = static_cast<schemas::input>(lane);
    show(*raw[lane]);
    batches[lane] = queue_->decode(raw[lane]);
  }
  auto made = std::make_shared<round>();
  made->number = ++round_number_;
  made->next_offset = meta_.next_offset;
  made->records = lanes.size();
  std::array<std::size_t, schemas::input_count> next{};
  std::vector<queued_record> taken;
  for (const auto lane : lanes)
    taken.push_back({batches[lane], next[lane]++});
  group_records(*made, *users_, std::move(taken));
  furnish(*made);
  return made;
}

/// The records of the round have been evaluated: they wait no more.
void partition_actor_state::stage_unparked() {
  for (auto& key : unpark_->keys)
    window_.stage(state::row{std::move(key), std::nullopt});
  window_.stage(state::row{state::parked_user_key(unpark_->user_id), std::nullopt});
  const auto found = parked_.find(unpark_->user_id);
  meta_.counters.parked -= found->second.records;
  parked_bytes_ -= found->second.bytes;
  unpark_->records = found->second.records;
  // A timer that came due meanwhile was passed over: the index is read again.
  timers_.staged(schemas::event_time::lowest());
  parked_changed_.erase(unpark_->user_id);
  parked_.erase(found);
  unpark_->at = unpark_in_hand::stage::commits;
}

/// Still broken: nothing was staged, everything stays as it is.
void partition_actor_state::give_unpark_up(const std::string& reason) {
  users_->at(round_->groups.front().slot).actor = nullptr;
  round_.reset();
  end_unpark("the state still cannot be used: " + reason);
  start_round_if_possible();
}

/// Answers; an empty problem means that it is committed.
void partition_actor_state::end_unpark(const std::string& problem) {
  if (!unpark_)
    return;
  auto ended = std::move(*unpark_);
  unpark_.reset();
  if (problem.empty())
    context_->journal->note(severity::info, "user unparked",
                            {{"target", "task"},
                             {"partition", std::to_string(partition_)},
                             {"user", ended.user_id},
                             {"records", std::to_string(ended.records)}});
  ended.promise.deliver(user_unparked{problem.empty() ? ended.records : 0, problem});
}

} // namespace laurel::actors
