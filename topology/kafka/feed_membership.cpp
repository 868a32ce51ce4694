// The feed's place in its group: what it is given, what is taken from it, how it ends. Reading is
// in feed.cpp; all of this runs on the feed's own thread.

#include "schemas/base/failpoint.hpp"
#include "topology/kafka/consumed_record.hpp"
#include "topology/kafka/feed.hpp"

#include <chrono>
#include <utility>

namespace laurel::topology::kafka {

using schemas::errc;

void consumer_feed::use(std::shared_ptr<group_client> client) {
  {
    const std::lock_guard lock{mutex_};
    queue_.reset(rd_kafka_queue_get_consumer(client->handle()));
  }
  fetching_.use(client->handle());
  last_topic_ = nullptr; // Was one of the client before.
  client_ = std::move(client);
  client_->callbacks().rebalanced = [this](rd_kafka_resp_err_t what,
                                           rd_kafka_topic_partition_list_t& list) {
    what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? on_assign(list) : on_revoke();
  };
  client_->callbacks().disturbed = [this] { check_fatal(); };
}

void consumer_feed::subscribe() {
  offsets_ptr topics{rd_kafka_topic_partition_list_new(schemas::input_count)};
  for (const auto from : schemas::every_input)
    rd_kafka_topic_partition_list_add(topics.get(), settings_.streams.name(stream_of(from)).c_str(),
                                      RD_KAFKA_PARTITION_UA);
  const auto error = rd_kafka_subscribe(client_->handle(), topics.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    fail(error_of("subscribe to the inputs", error));
}

void consumer_feed::on_assign(const rd_kafka_topic_partition_list_t& list) {
  const auto partitions = partitions_of(list);
  fetching_.assign_nothing();
  if (partitions.size() * schemas::input_count != static_cast<std::size_t>(list.cnt))
    return fail({errc::refused, "the group gave us a partition of only some inputs; another member "
                                "of the group reads other topics. Give Laurel a group of its own"});
  allowance_.on_assigned(std::chrono::steady_clock::now());
  ledger_.assign(partitions);
  listener_->on_assigned(partitions);
}

void consumer_feed::on_revoke() {
  const auto partitions = ledger_.assigned();
  const bool lost = rd_kafka_assignment_lost(client_->handle()) != 0;
  resume_all();
  ledger_.revoke();
  // What is lost is not ours any more, so nobody waits for the tasks. The library must not: until
  // it joins again it sends heartbeats without a member id, and a static member that does so is
  // taken for another process with its identity.
  if (lost && fatal_error_of(client_->handle()) == RD_KAFKA_RESP_ERR_NO_ERROR)
    allowance_.on_lost();
  if (lost)
    fetching_.give_back();
  if (!partitions.empty()) {
    listener_->on_revoked(partitions, lost);
    schemas::reach(schemas::failpoint::k15_revocation);
  }
  if (!lost)
    fetching_.give_back();
}

bool consumer_feed::check_fatal() {
  std::string details;
  const auto fatal = fatal_error_of(client_->handle(), &details);
  if (fatal == RD_KAFKA_RESP_ERR_NO_ERROR)
    return false;
  if (is_to_renew_ || failed_)
    return true;
  is_to_renew_ = fatal == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
                 && allowance_.on_fenced(std::chrono::steady_clock::now());
  if (!is_to_renew_)
    fail(error_of("consumer", fatal, details));
  return true;
}

/// Joins once more with another client: this one is fenced, and that is final.
void consumer_feed::renew() {
  is_to_renew_ = false;
  if (settings_.journal != nullptr)
    settings_.journal->note(actors::severity::warning, "joining the group once more",
                            {{"reason", "fenced while joining again, probably by ourselves"}});
  const auto partitions = ledger_.assigned();
  ledger_.revoke();
  if (!partitions.empty())
    listener_->on_revoked(partitions, true);
  auto fresh = group_client::open(settings_);
  if (!fresh)
    return fail(fresh.error());
  member_->replace(*fresh);
  use(std::move(*fresh));
  subscribe();
}

void consumer_feed::fail(schemas::error why) {
  if (std::exchange(failed_, true))
    return;
  listener_->on_feed_failed(why);
}

/// Leaves the group; `on_revoke` is called for what is still ours. A static member stays in the
/// group until its session ends, so that it finds its partitions again after a restart.
void consumer_feed::leave() {
  const queue_ptr last{rd_kafka_queue_new(client_->handle())};
  const error_ptr error{rd_kafka_consumer_close_queue(client_->handle(), last.get())};
  bool ours = !ledger_.assigned().empty();
  deadline until{settings_.close_timeout};
  while (error == nullptr && rd_kafka_consumer_closed(client_->handle()) == 0 && !until.passed()) {
    constexpr int poll_ms = 100;
    rd_kafka_queue_poll_callback(last.get(), poll_ms); // Calls on_revoke.
    // What the tasks needed to let go is not counted.
    if (std::exchange(ours, !ledger_.assigned().empty()) != ours)
      until = deadline{settings_.close_timeout};
  }
  if (const auto partitions = ledger_.assigned(); !partitions.empty())
    listener_->on_revoked(partitions, true);
  // The coordinator is gone, or the library hangs, and destroying the client would hang as well.
  // The process is about to end, and the group will time us out.
  if (rd_kafka_consumer_closed(client_->handle()) == 0)
    client_->abandon();
}

} // namespace laurel::topology::kafka
