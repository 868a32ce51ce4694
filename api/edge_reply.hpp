#pragma once

#include "api/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The bytes of an answer, and what of a request goes into them. Pure functions.
namespace laurel::api {

/// What the head of an answer tells besides the answer itself.
struct reply_facts {
  std::string_view date;           // As http_date() writes it.
  std::string_view request_id;     // Empty: the request was not even read.
  std::string_view traceparent;    // With our own span; empty: none came.
  const fields* headers = nullptr; // More fields, from the gate; null: none.
  bool is_head = false;            // The body is left out.
  bool is_stream = false;          // The end of the connection is the end of the body.
  bool keep = true;                // The connection stays.
  bool is_https = false;
};

/// Head and body, ready to be sent. Security headers are on every answer.
std::string reply_text(const response& reply, const reply_facts& about);

/// Gives a good answer to GET an ETag over its body, and makes it 304 if the caller has it already.
/// `is_cacheable`: it may be kept as long as it is asked each time.
void apply_conditions(const request& what, response& reply, bool is_cacheable);

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::int64_t unix_seconds);

/// The caller's own id if it is 1 to 64 of A-Z a-z 0-9 . _ - and a new random UUID otherwise.
std::string request_id(const fields& headers);

/// The caller's W3C trace context if it is well-formed (version 00), else empty.
std::string trace_of(const fields& headers);

/// The same trace with a span of our own, which the reply and the records of the request name.
std::string answered_trace(std::string_view traceparent);

} // namespace laurel::api
