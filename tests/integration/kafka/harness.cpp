#include "tests/integration/kafka/harness.hpp"

#include "schemas/partitioner.hpp"
#include "topology/kafka/handle.hpp"

#include <doctest/doctest.h>

#include <array>
#include <stdexcept>

namespace laurel::test {

namespace {

using namespace topology::kafka;
using std::chrono_literals::operator""s;

constexpr auto patience = 30s;

client_ptr raw_client(rd_kafka_type_t type,
                      const std::vector<std::pair<std::string, std::string>>& properties) {
  auto* conf = rd_kafka_conf_new();
  std::array<char, 512> text{};
  for (const auto& [key, value] : properties)
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text.data(), text.size())
        != RD_KAFKA_CONF_OK)
      throw std::runtime_error{text.data()};
  client_ptr client{rd_kafka_new(type, conf, text.data(), text.size())};
  if (client == nullptr)
    throw std::runtime_error{text.data()};
  return client;
}

void require(rd_kafka_error_t* raw) {
  const error_ptr error{raw};
  if (error != nullptr)
    throw std::runtime_error{rd_kafka_error_string(error.get())};
}

void produce(rd_kafka_t* client, const std::string& topic, std::int32_t partition,
             const std::vector<raw_record>& records) {
  const topic_ptr handle{rd_kafka_topic_new(client, topic.c_str(), nullptr)};
  for (const auto& record : records) {
    auto* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers)
      rd_kafka_header_add(headers, name.c_str(), -1, value.data(),
                          static_cast<ssize_t>(value.size()));
    std::array<rd_kafka_vu_t, 6> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_RKT;
    parts[0].u.rkt = handle.get();
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = partition;
    parts[2].vtype = RD_KAFKA_VTYPE_KEY;
    parts[2].u.mem = {const_cast<char*>(record.key.data()), record.key.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[3].u.mem = {const_cast<char*>(record.value.data()), record.value.size()};
    parts[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[4].u.i = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK;
    parts[5].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[5].u.headers = headers;
    require(rd_kafka_produceva(client, parts.data(), parts.size()));
  }
  if (rd_kafka_flush(client, 30'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error{"flush timed out"};
}

} // namespace

settings fresh_settings(broker& at, std::int32_t partitions) {
  settings made;
  made.brokers = at.address();
  made.group = at.unique("group");
  made.session_timeout = std::chrono::milliseconds{6'000};
  for (auto& name : made.streams.names)
    name = at.unique(name);
  const auto created = create_topics(made, partitions, 1);
  if (!created)
    throw std::runtime_error{created.error().message};
  return made;
}

std::unique_ptr<kafka_log> open_log(const settings& from) {
  auto log = kafka_log::open(from);
  if (!log)
    throw std::runtime_error{log.error().message};
  return std::move(*log);
}

std::string user_of(std::int32_t partition, std::int32_t partition_count, int number) {
  for (int i = number * 1'000;; ++i)
    if (auto user = "user" + std::to_string(i);
        schemas::partition_of(user, partition_count) == partition)
      return user;
}

// -- recorder ---------------------------------------------------------------------------------

void recorder::on_assigned(std::span<const std::int32_t> partitions) {
  const std::lock_guard lock{mutex_};
  assigned_.assign(partitions.begin(), partitions.end());
  changed_.notify_all();
}

void recorder::on_revoked(std::span<const std::int32_t>, bool) {
  const std::lock_guard lock{mutex_};
  assigned_.clear();
  ++revocations_;
  changed_.notify_all();
}

void recorder::on_records(std::shared_ptr<const actors::input_batch> batch) {
  const std::lock_guard lock{mutex_};
  const place where{batch->partition, batch->from};
  for (const auto& record : batch->records)
    records_[where].push_back({record.offset, std::string{record.key}, std::string{record.value},
                               batch->session, std::string{record.traceparent},
                               record.append_time_ms});
  bytes_[where] += batch->bytes;
  ended_[where] = batch->at_end;
  changed_.notify_all();
}

void recorder::on_feed_failed(const schemas::error& why) {
  const std::lock_guard lock{mutex_};
  failures_.push_back(why);
  changed_.notify_all();
}

template <class Ready>
void recorder::wait(Ready&& ready, const char* what) {
  std::unique_lock lock{mutex_};
  if (!changed_.wait_for(lock, patience, ready))
    throw std::runtime_error{std::string{"waited in vain for "} + what};
}

std::vector<std::int32_t> recorder::wait_assigned(std::size_t count) {
  wait([&] { return assigned_.size() == count; }, "an assignment");
  const std::lock_guard lock{mutex_};
  return assigned_;
}

std::vector<recorder::seen> recorder::wait_records(place where, std::size_t count) {
  wait([&] { return records_[where].size() >= count; }, "records");
  const std::lock_guard lock{mutex_};
  return records_[where];
}

void recorder::wait_end(place where) {
  wait([&] { return ended_[where]; }, "the end of a partition");
}

void recorder::wait_revoked(std::size_t count) {
  wait([&] { return revocations_ >= count; }, "a revocation");
}

schemas::error recorder::wait_failure() {
  wait([&] { return !failures_.empty(); }, "a failure of the feed");
  const std::lock_guard lock{mutex_};
  return failures_.front();
}

std::size_t recorder::revocations() {
  const std::lock_guard lock{mutex_};
  return revocations_;
}

std::size_t recorder::count(place where) {
  const std::lock_guard lock{mutex_};
  return records_[where].size();
}

std::size_t recorder::bytes(place where) {
  const std::lock_guard lock{mutex_};
  return bytes_[where];
}

void recorder::clear() {
  const std::lock_guard lock{mutex_};
  records_.clear();
  bytes_.clear();
  ended_.clear();
}

// -- topics, by a way of their own ----------------------------------------------------------------

std::vector<topic_record> read_topic(const std::string& brokers, const std::string& topic,
                                     std::int32_t partition, bool committed_only) {
  const auto client =
    raw_client(RD_KAFKA_CONSUMER,
               {{"bootstrap.servers", brokers},
                {"group.id", "reader"},
                {"enable.partition.eof", "true"},
                {"enable.auto.commit", "false"},
                {"isolation.level", committed_only ? "read_committed" : "read_uncommitted"}});
  const offsets_ptr list{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset =
    RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client.get(), list.get());
  std::vector<topic_record> records;
  for (;;) {
    const message_ptr message{rd_kafka_consumer_poll(client.get(), 30'000)};
    if (message == nullptr)
      throw std::runtime_error{"no end of " + topic};
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
      return records;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw std::runtime_error{rd_kafka_message_errstr(message.get())};
    topic_record record{message->offset,
                        {static_cast<const char*>(message->key), message->key_len},
                        std::nullopt,
                        {}};
    if (message->payload != nullptr)
      record.value.emplace(static_cast<const char*>(message->payload), message->len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message.get(), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* name = nullptr;
      const void* value = nullptr;
      std::size_t size = 0;
      for (std::size_t i = 0;
           rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
           ++i)
        record.headers.emplace_back(name, std::string{static_cast<const char*>(value), size});
    }
    records.push_back(std::move(record));
  }
}

void write_topic(const std::string& brokers, const std::string& topic, std::int32_t partition,
                 const std::vector<raw_record>& records) {
  const auto client =
    raw_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}, {"enable.idempotence", "true"}});
  produce(client.get(), topic, partition, records);
}

void write_transaction(const std::string& brokers, const std::string& topic, std::int32_t partition,
                       const std::vector<raw_record>& records, bool commit) {
  const auto client = raw_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                     {"transactional.id", "writer-of-" + topic}});
  require(rd_kafka_init_transactions(client.get(), 30'000));
  require(rd_kafka_begin_transaction(client.get()));
  produce(client.get(), topic, partition, records);
  require(commit ? rd_kafka_commit_transaction(client.get(), 30'000)
                 : rd_kafka_abort_transaction(client.get(), 30'000));
}

void delete_records(const std::string& brokers, const std::string& topic, std::int32_t partition,
                    std::int64_t before) {
  const auto client = raw_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}});
  const offsets_ptr list{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = before;
  auto* request = rd_kafka_DeleteRecords_new(list.get());
  const queue_ptr queue{rd_kafka_queue_new(client.get())};
  rd_kafka_DeleteRecords(client.get(), &request, 1, nullptr, queue.get());
  rd_kafka_DeleteRecords_destroy(request);
  const event_ptr answer{rd_kafka_queue_poll(queue.get(), 30'000)};
  if (answer == nullptr || rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error{"cannot delete records of " + topic};
  const auto* deleted =
    rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(answer.get()));
  if (deleted->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error{rd_kafka_err2str(deleted->elems[0].err)};
}

void alter_topic(const std::string& brokers, const std::string& topic, const std::string& key,
                 const std::string& value) {
  const auto client = raw_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}});
  auto* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  rd_kafka_ConfigResource_set_config(resource, key.c_str(), value.c_str());
  const queue_ptr queue{rd_kafka_queue_new(client.get())};
  rd_kafka_AlterConfigs(client.get(), &resource, 1, nullptr, queue.get());
  rd_kafka_ConfigResource_destroy(resource);
  const event_ptr answer{rd_kafka_queue_poll(queue.get(), 30'000)};
  if (answer == nullptr || rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error{"cannot alter " + topic};
}

} // namespace laurel::test
