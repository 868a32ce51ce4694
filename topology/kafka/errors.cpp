#include "topology/kafka/errors.hpp"

#include <array>
#include <fmt/format.h>

namespace laurel::topology::kafka {

using schemas::errc;

verdict verdict_of(const rd_kafka_error_t* error) {
  if (error == nullptr)
    return verdict::done;
  if (rd_kafka_error_is_fatal(error))
    return verdict::fatal;
  if (rd_kafka_error_txn_requires_abort(error))
    return verdict::abortable;
  if (rd_kafka_error_is_retriable(error))
    return verdict::retriable;
  switch (rd_kafka_error_code(error)) {
  case RD_KAFKA_RESP_ERR__TIMED_OUT: // The call's own time was up; what it began goes on.
  case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
  case RD_KAFKA_RESP_ERR__TRANSPORT:
    return verdict::retriable;
  case RD_KAFKA_RESP_ERR__STATE: // Our own calls are in order, so this is a producer gone wrong.
  case RD_KAFKA_RESP_ERR__FENCED:
  case RD_KAFKA_RESP_ERR__FATAL:
  case RD_KAFKA_RESP_ERR_INVALID_TXN_STATE:
  case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
  case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    return verdict::fatal;
  default:
    return verdict::abortable;
  }
}

errc code_of(rd_kafka_resp_err_t error) {
  switch (error) {
  case RD_KAFKA_RESP_ERR__FENCED:
  case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
  case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
  case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    return errc::fenced;
  case RD_KAFKA_RESP_ERR__INVALID_ARG:
  case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
  case RD_KAFKA_RESP_ERR__AUTHENTICATION:
  case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
  case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
  case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
  case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
  case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    return errc::refused;
  case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
  case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
  case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    return errc::not_found;
  case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
  case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
  case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    return errc::bad_input;
  case RD_KAFKA_RESP_ERR__BAD_MSG:
  case RD_KAFKA_RESP_ERR_INVALID_MSG:
    return errc::corrupt;
  default:
    return errc::transient;
  }
}

schemas::error error_of(std::string_view doing, rd_kafka_resp_err_t error,
                        std::string_view details) {
  return {code_of(error),
          fmt::format("{}: {} ({})", doing, details.empty() ? rd_kafka_err2str(error) : details,
                      rd_kafka_err2name(error))};
}

schemas::error error_of(std::string_view doing, const rd_kafka_error_t* error) {
  return error_of(doing, rd_kafka_error_code(error), rd_kafka_error_string(error));
}

schemas::error consumer_error_of(const rd_kafka_message_t& message) {
  const auto* text = rd_kafka_message_errstr(&message);
  if (message.err != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message.rkt == nullptr)
    return error_of("consumer", message.err, text);
  return {errc::refused,
          fmt::format("{} [{}]: the log no longer has, or never had, the offset to read on from "
                      "({}). Records were deleted before they were read, or the topic was made "
                      "anew; restore it, or give up what is missing by resetting the group and the "
                      "changelog",
                      rd_kafka_topic_name(message.rkt), message.partition, text)};
}

rd_kafka_resp_err_t fatal_error_of(rd_kafka_t* client, std::string* details) {
  std::array<char, 512> text{};
  const auto error = rd_kafka_fatal_error(client, text.data(), text.size());
  if (details != nullptr)
    *details = text.data();
  return error;
}

bool ends_a_feed(rd_kafka_resp_err_t error) {
  switch (error) {
  case RD_KAFKA_RESP_ERR__FATAL:
  case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
  case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
  case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    return true;
  default:
    return code_of(error) == errc::refused || code_of(error) == errc::fenced;
  }
}

} // namespace laurel::topology::kafka
