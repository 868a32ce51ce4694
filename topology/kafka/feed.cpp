#include "topology/kafka/feed.hpp"

#include "schemas/base/check.hpp"
#include "topology/kafka/consumed_record.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace laurel::topology::kafka {

namespace {

using namespace std::chrono_literals;

/// How long the thread waits for records when there are none; `wake` cuts it short.
constexpr int idle_poll_ms = 500;

/// How long a record without credit may hold up its neighbours before its input is paused.
constexpr auto credit_patience = 20ms;

/// Batches that fill slowly are delivered after this many records at the latest, also while others
/// keep the thread busy.
constexpr std::size_t records_between_flushes = 4'096;

/// The fetchers are woken when the library's queue holds fewer records than this, and not again
/// before this much has been taken from it.
constexpr std::size_t queue_low = 25'000;
constexpr std::size_t records_between_wakes = 2'048;
constexpr std::size_t bytes_between_wakes = std::size_t{1} << 20;

} // namespace

consumer_feed::consumer_feed(const settings& from, std::int32_t partition_count,
                             std::shared_ptr<group_member> member)
    : settings_(from),
      member_(std::move(member)),
      fetching_(nullptr, from.streams, partition_count),
      ledger_(partition_count, {from.credit_bytes, from.batch_records_max, from.batch_bytes_max}),
      allowance_(from.session_timeout) {
  use(member_->client());
}

consumer_feed::~consumer_feed() {
  close();
}

void consumer_feed::run(actors::feed_listener& listener) {
  CHECK_ALWAYS(listener_ == nullptr);
  listener_ = &listener;
  thread_ = std::thread{[this] { loop(); }};
}

std::uint64_t consumer_feed::start(std::int32_t partition, const actors::input_offsets& offsets) {
  const auto session = ++session_;
  enqueue(start_command{partition, session, offsets});
  return session;
}

void consumer_feed::stop(std::int32_t partition) {
  enqueue(stop_command{partition});
}

void consumer_feed::release(std::int32_t partition, schemas::input from, std::size_t bytes) {
  if (ledger_.released({partition, from}, bytes))
    wake();
}

std::int64_t consumer_feed::lag(std::int32_t partition, schemas::input from) const {
  const auto next = ledger_.position({partition, from});
  const auto client = member_->client();
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto& topic = settings_.streams.name(stream_of(from));
  if (next < 0
      || rd_kafka_get_watermark_offsets(client->handle(), topic.c_str(), partition, &low, &high)
           != RD_KAFKA_RESP_ERR_NO_ERROR)
    return 0;
  return std::max<std::int64_t>(high - next, 0);
}

void consumer_feed::close() {
  if (!thread_.joinable())
    return;
  closing_ = true;
  wake();
  thread_.join();
}

void consumer_feed::enqueue(command what) {
  {
    const std::lock_guard lock{mutex_};
    commands_.push_back(std::move(what));
  }
  wake();
}

void consumer_feed::wake() {
  {
    const std::lock_guard lock{mutex_};
    has_news_ = true;
    rd_kafka_queue_yield(queue_.get());
  }
  released_.notify_one();
}

// From here on: the feed's own thread.

void consumer_feed::loop() {
  subscribe();
  while (!closing_) {
    if (is_to_renew_)
      renew();
    poll_once();
  }
  leave();
}

void consumer_feed::poll_once() {
  if (has_news_) {
    obey_commands();
    resume_released();
  }
  // Only one record a call: the batch calls of this version lose records around a rebalance.
  const message_ptr message{rd_kafka_consumer_poll(client_->handle(), idle_ ? idle_poll_ms : 0)};
  if (message != nullptr) {
    idle_ = false;
    on_message(*message);
    keep_fetching(false);
    if (++since_flush_ < records_between_flushes)
      return;
  } else {
    idle_ = true;
    keep_fetching(true);
  }
  deliver_all();
}

/// Wakes the fetchers while there is still something to work on.
void consumer_feed::keep_fetching(bool drained) {
  const bool took_much =
    records_since_wake_ >= records_between_wakes || bytes_since_wake_ >= bytes_between_wakes;
  if (!took_much)
    return;
  if (!drained && rd_kafka_queue_length(queue_.get()) > queue_low) {
    records_since_wake_ /= 2; // Looks again soon.
    return;
  }
  wake_fetchers();
}

void consumer_feed::on_message(const rd_kafka_message_t& message) {
  if (message.rkt != nullptr && message.rkt != last_topic_
      && !settings_.streams.input_of(rd_kafka_topic_name(message.rkt)))
    return; // Of a sentinel, before it was paused.
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR)
    on_record(message);
  else if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
    ledger_.reach_end(place_of(message), message.offset);
  else
    on_consumer_error(message);
}

consumer_feed::place consumer_feed::place_of(const rd_kafka_message_t& message) {
  if (message.rkt != last_topic_) {
    const auto from = settings_.streams.input_of(rd_kafka_topic_name(message.rkt));
    CHECK_ALWAYS(from.has_value());
    last_topic_ = message.rkt;
    last_input_ = *from;
  }
  return {message.partition, last_input_};
}

void consumer_feed::on_record(const rd_kafka_message_t& message) {
  const auto which = place_of(message);
  ++records_since_wake_;
  bytes_since_wake_ += message.len + message.key_len;
  if (!ledger_.has_credit(which))
    await_credit(which);
  const auto what = ledger_.take(which, message.offset, message.len + message.key_len,
                                 [&](arena_batch& arena) { return copy_of(message, arena); });
  if (what == feed_ledger::taken::full && !failed_)
    listener_->on_records(ledger_.finish(which));
}

void consumer_feed::on_consumer_error(const rd_kafka_message_t& message) {
  if (check_fatal())
    return;
  if (ends_a_feed(message.err))
    return fail(consumer_error_of(message));
  if (settings_.journal != nullptr)
    settings_.journal->note(actors::severity::warning, "consumer error",
                            {{"details", rd_kafka_message_errstr(&message)}});
}

/// Everything delivered is either kept, or its input is out of credit: give the tasks a moment.
void consumer_feed::await_credit(place which) {
  deliver_all();
  ledger_.expect_release(which, true);
  {
    std::unique_lock lock{mutex_};
    released_.wait_for(lock, credit_patience,
                       [&] { return closing_ || ledger_.has_credit(which); });
  }
  if (ledger_.has_credit(which)) {
    ledger_.expect_release(which, false);
    return;
  }
  // The record in hand is taken all the same: the position at which a paused input goes on is
  // after the last record that was polled.
  if (!ledger_.is_paused(which))
    set_paused({which}, true);
}

void consumer_feed::deliver_all() {
  since_flush_ = 0;
  ledger_.flush([this](std::shared_ptr<const actors::input_batch> batch) {
    if (!failed_)
      listener_->on_records(std::move(batch));
  });
}

void consumer_feed::obey_commands() {
  std::vector<command> commands;
  {
    const std::lock_guard lock{mutex_};
    has_news_ = false;
    commands.swap(commands_);
  }
  if (commands.empty())
    return;
  // The library remembers a pause over an assignment; nothing may stay paused that we forget.
  resume_all();
  for (const auto& what : commands) {
    if (const auto* begin = std::get_if<start_command>(&what))
      ledger_.start(begin->partition, begin->session, begin->offsets);
    else
      ledger_.stop(std::get<stop_command>(what).partition);
  }
  reassign();
}

void consumer_feed::resume_all() {
  if (const auto places = ledger_.paused(); !places.empty())
    set_paused(places, false);
}

void consumer_feed::resume_released() {
  if (const auto places = ledger_.resumable(); !places.empty())
    set_paused(places, false);
}

void consumer_feed::set_paused(const std::vector<place>& which, bool paused) {
  for (const auto& one : which) {
    ledger_.mark_paused(one, paused);
    ledger_.expect_release(one, paused);
  }
  if (paused)
    return fetching_.pause(which);
  fetching_.resume(which);
  wake_fetchers(); // Else a resumed input might be read on a second later.
}

void consumer_feed::wake_fetchers() {
  records_since_wake_ = 0;
  bytes_since_wake_ = 0;
  fetching_.wake();
}

void consumer_feed::reassign() {
  const auto positions = ledger_.positions();
  if (const auto done = fetching_.assign(positions); !done)
    return fail(done.error());
  std::vector<place> exhausted;
  for (const auto& [where, next] : positions)
    if (!ledger_.has_credit(where))
      exhausted.push_back(where);
  if (!exhausted.empty())
    set_paused(exhausted, true);
}

} // namespace laurel::topology::kafka
