#include "topology/kafka/queue_record.hpp"

#include "topology/kafka/handle.hpp"

#include <array>

namespace laurel::topology::kafka {

namespace {

/// librdkafka takes ownership of these with the record.
headers_ptr copy_of(const actors::headers& from) {
  headers_ptr copy{rd_kafka_headers_new(from.size())};
  for (const auto& [name, value] : from)
    rd_kafka_header_add(copy.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  return copy;
}

} // namespace

/// Flags stay 0: the value is neither copied nor freed by the library, whose interface knows no
/// const.
rd_kafka_resp_err_t queue_record(rd_kafka_t* client, rd_kafka_topic_t* to, const queued& what) {
  auto* const key = const_cast<char*>(what.key.data());
  auto* const value = what.value ? const_cast<char*>(what.value->data()) : nullptr;
  const auto size = what.value ? what.value->size() : 0;
  if (what.headers == nullptr || what.headers->empty()) {
    const bool is_queued =
      rd_kafka_produce(to, what.partition, 0, value, size, key, what.key.size(), what.opaque) == 0;
    return is_queued ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
  }
  auto headers = copy_of(*what.headers);
  std::array<rd_kafka_vu_t, 6> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = to;
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = what.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_KEY;
  parts[2].u.mem = {key, what.key.size()};
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[3].u.mem = {value, size};
  parts[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[4].u.ptr = what.opaque;
  parts[5].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[5].u.headers = headers.get();
  const error_ptr error{rd_kafka_produceva(client, parts.data(), parts.size())};
  if (error != nullptr)
    return rd_kafka_error_code(error.get());
  (void) headers.release(); // Its owner is the record now.
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

} // namespace laurel::topology::kafka
