#include "topology/kafka/settings.hpp"

#include "topology/kafka/handle.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;
using milliseconds = std::chrono::milliseconds;

/// What exactly once, ordering or the bounds on memory depend on. Settings of ours decide the rest
/// of them (`session_timeout` and others), so that nobody sets a thing in two places.
constexpr std::array<std::string_view, 31> denied{
  "acks",
  "allow.auto.create.topics",
  "api.version.request",
  "auto.commit.enable",
  "auto.commit.interval.ms",
  "auto.offset.reset",
  "bootstrap.servers",
  "check.crcs",
  "delivery.timeout.ms",
  "enable.auto.commit",
  "enable.auto.offset.store",
  "enable.gapless.guarantee",
  "enable.idempotence",
  "enable.partition.eof",
  "group.id",
  "group.instance.id",
  "group.protocol.type",
  "heartbeat.interval.ms",
  "isolation.level",
  "max.in.flight",
  "max.in.flight.requests.per.connection",
  "message.timeout.ms",
  "metadata.broker.list",
  "partition.assignment.strategy",
  "partitioner",
  "request.required.acks",
  "session.timeout.ms",
  "test.mock.num.brokers",
  "transaction.timeout.ms",
  "transactional.id",
  "queuing.strategy",
};

std::string text_of(milliseconds time) {
  return std::to_string(time.count());
}

properties common_properties(const settings& from) {
  return {
    {"bootstrap.servers", from.brokers},
    {"client.id", from.instance_id.empty() ? "laurel" : "laurel-" + from.instance_id},
    {"socket.keepalive.enable", "true"},
    {"socket.nagle.disable", "true"}, // Otherwise a commit can wait 40 ms for an acknowledgement.
    {"log.connection.close", "false"},
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "2000"},
  };
}

properties consumer_properties(const settings& from) {
  auto all = common_properties(from);
  const properties more{
    {"group.id", from.group},         {"isolation.level", "read_committed"},
    {"enable.auto.commit", "false"},  {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"}, // A position that the log does not have is never made up.
    {"enable.partition.eof", "true"}, {"allow.auto.create.topics", "false"},
    {"check.crcs", "true"},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

properties producer_properties(const settings& from) {
  auto all = common_properties(from);
  const properties more{
    {"acks", "all"},
    {"enable.idempotence", "true"},
    {"compression.type", "lz4"},
    {"batch.num.messages", "10000"},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// What the operator passes through comes last and wins.
properties with(properties pinned, std::initializer_list<const pass_through*> more) {
  for (const auto* some : more)
    pinned.insert(pinned.end(), some->begin(), some->end());
  return pinned;
}

rd_kafka_conf_t* apply(rd_kafka_conf_t* conf, std::string_view key, const std::string& value,
                       std::string& why) {
  std::array<char, 512> text{};
  if (rd_kafka_conf_set(conf, std::string{key}.c_str(), value.c_str(), text.data(), text.size())
      != RD_KAFKA_CONF_OK)
    why = text.data();
  return conf;
}

void check_all(client_kind kind, std::string_view prefix, const pass_through& some,
               std::vector<std::string>& faults) {
  for (const auto& [key, value] : some)
    if (const auto good = check_pass_through(kind, key, value); !good)
      faults.push_back(fmt::format("{}{}: {}", prefix, key, good.error().message));
}

} // namespace

result<void> check_pass_through(client_kind kind, std::string_view key, const std::string& value) {
  if (std::find(denied.begin(), denied.end(), key) != denied.end())
    return failure(errc::bad_setting, "is decided by Laurel, since its promises depend on it");
  if (key.ends_with("_cb") || key == "opaque" || key == "interceptors"
      || key == "plugin.library.paths")
    return failure(errc::bad_setting, "cannot be given as text");
  const conf_ptr scratch{rd_kafka_conf_new()};
  std::string why;
  apply(scratch.get(), key, value, why);
  if (!why.empty())
    return failure(errc::bad_setting, why);
  // librdkafka takes a consumer's setting for a producer and only warns.
  constexpr std::string_view consumers_only[] = {"fetch.", "queued.", "max.poll."};
  for (const auto prefix : consumers_only)
    if (kind == client_kind::producer && key.starts_with(prefix))
      return failure(errc::bad_setting, "is a setting of consumers");
  return {};
}

std::vector<std::string> faults_of(const settings& from) {
  std::vector<std::string> faults;
  const auto expect = [&](bool good, std::string what) {
    if (!good)
      faults.push_back(std::move(what));
  };
  expect(!from.brokers.empty(), "brokers: name at least one host:port");
  expect(!from.group.empty(), "group: must not be empty");
  expect(from.heartbeat_interval * 3 <= from.session_timeout,
         "session_timeout: must be at least three times heartbeat_interval");
  expect(from.transaction_timeout >= milliseconds{1'000}
           && from.transaction_timeout <= milliseconds{900'000},
         "transaction_timeout: must lie between 1 s and 15 min, which brokers allow");
  expect(from.batch_records_max > 0 && from.batch_bytes_max > 0, "batch limits: must be positive");
  expect(from.credit_bytes >= from.batch_bytes_max, "credit_bytes: must hold at least one batch");
  check_all(client_kind::admin, "kafka.", from.all, faults);
  check_all(client_kind::consumer, "kafka.consumer.", from.consumer, faults);
  check_all(client_kind::producer, "kafka.producer.", from.producer, faults);
  return faults;
}

properties feed_properties(const settings& from) {
  auto pinned = consumer_properties(from);
  const properties more{
    {"partition.assignment.strategy", "range"}, // The others have bugs in this version.
    {"session.timeout.ms", text_of(from.session_timeout)},
    {"heartbeat.interval.ms", text_of(from.heartbeat_interval)},
    {"max.poll.interval.ms",
     text_of(std::max(from.session_timeout, std::chrono::milliseconds{300'000}))},
    // A record that waits alone is here after 10 ms at most; what is read ahead stays small, and
    // each of its records costs about as much again in the library.
    {"fetch.wait.max.ms", "10"},
    {"fetch.error.backoff.ms", "100"},
    {"fetch.message.max.bytes", "1048576"},
    {"fetch.max.bytes", "4194304"},
    {"queued.min.messages", "50000"},
    {"queued.max.messages.kbytes", "8192"},
  };
  pinned.insert(pinned.end(), more.begin(), more.end());
  if (!from.instance_id.empty())
    pinned.emplace_back("group.instance.id", from.instance_id);
  return with(std::move(pinned), {&from.all, &from.consumer});
}

properties reader_properties(const settings& from) {
  auto pinned = consumer_properties(from);
  // It only assigns and never joins; a group of its own keeps it apart even by mistake.
  for (auto& [key, value] : pinned)
    if (key == "group.id")
      value += "-reader";
  const properties more{
    {"fetch.wait.max.ms", "50"},
    {"fetch.error.backoff.ms", "100"},
    {"queued.min.messages", "10000"},
    {"queued.max.messages.kbytes", "2048"},
  };
  pinned.insert(pinned.end(), more.begin(), more.end());
  return with(std::move(pinned), {&from.all, &from.consumer});
}

properties transactional_properties(const settings& from, std::string_view transactional_id,
                                    milliseconds transaction_timeout) {
  auto pinned = producer_properties(from);
  const properties more{
    {"transactional.id", std::string{transactional_id}},
    {"transaction.timeout.ms", text_of(transaction_timeout)},
    // Half of it: a record must have failed while there is still time to abort.
    {"message.timeout.ms", text_of(transaction_timeout / 2)},
    // Longer than a commit takes: its records go as one batch a topic when the commit flushes,
    // which does not wait for this. In many small batches they cost a tenth more CPU.
    {"linger.ms", "20"},
    // A transaction right after another is told to wait for the first one's markers.
    {"retry.backoff.ms", "10"},
    {"queue.buffering.max.messages", "500000"},
    {"queue.buffering.max.kbytes", "65536"},
  };
  pinned.insert(pinned.end(), more.begin(), more.end());
  return with(std::move(pinned), {&from.all, &from.producer});
}

properties appender_properties(const settings& from) {
  auto pinned = producer_properties(from);
  const properties more{
    {"message.timeout.ms", "30000"},
    {"linger.ms", "1"},
    {"queue.buffering.max.messages", "200000"},
    {"queue.buffering.max.kbytes", "65536"},
  };
  pinned.insert(pinned.end(), more.begin(), more.end());
  return with(std::move(pinned), {&from.all, &from.producer});
}

properties admin_properties(const settings& from) {
  return with(common_properties(from), {&from.all});
}

} // namespace laurel::topology::kafka
