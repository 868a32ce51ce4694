#pragma once

#include "schemas/base/result.hpp"
#include "topology/kafka/handle.hpp"

#include <string>
#include <string_view>

namespace laurel::topology::kafka {

/// What an error of the transactional API asks for; there is no fifth thing to do.
enum class verdict {
  done,      // No error.
  retriable, // Make the same call again: it goes on where it was.
  abortable, // End the transaction; the producer stays good.
  fatal,     // The producer is of no use any more: destroy it.
};

verdict verdict_of(const rd_kafka_error_t* error);

/// Who can cure an error that a call or a record came back with.
schemas::errc code_of(rd_kafka_resp_err_t error);

/// "doing what: library's words (NAME)".
schemas::error error_of(std::string_view doing, rd_kafka_resp_err_t error,
                        std::string_view details = {});
schemas::error error_of(std::string_view doing, const rd_kafka_error_t* error);

/// What a consumer says in place of a record.
schemas::error consumer_error_of(const rd_kafka_message_t& message);

/// The fatal error of a client, which it keeps for ever; `_NO_ERROR` if it is good.
rd_kafka_resp_err_t fatal_error_of(rd_kafka_t* client, std::string* details = nullptr);

/// Whether a consumer's error means that it cannot go on, rather than that a broker is away.
bool ends_a_feed(rd_kafka_resp_err_t error);

} // namespace laurel::topology::kafka
