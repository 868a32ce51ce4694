#pragma once

#include "schemas/base/result.hpp"
#include "schemas/event.hpp"
#include "schemas/projection.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

namespace laurel::schemas {

/// What can be wrong with an event. Each has its own code and its own sentence.
enum class event_fault : std::uint8_t {
  oversized,           // More bytes than `event_limits::bytes_max`.
  empty,               // No value at all, or nothing but white space.
  bad_utf8,            // Not UTF-8, or an escape that is no character.
  bad_json,            // Not one JSON document.
  too_deep,            // Nested deeper than `event_limits::depth_max`.
  duplicate_key,       // A name twice in one object.
  number_out_of_range, // An integer beyond 64 bits, or anything beyond `decimal`.
  not_an_object,       // The document is JSON, but no object.
  missing_field,
  wrong_type,     // A field is there with another JSON type than it must have.
  empty_id,       // An id, or the type, of no bytes.
  long_id,        // An id, or the type, of more bytes than `event_limits::id_bytes_max`.
  bad_time,       // `occurred_at` is no RFC 3339 time, or beyond what that can write.
  bad_zone,       // `zone` cannot be an IANA name.
  bad_amount,     // Value or currency of `amount`.
  unknown_field,  // In `amount`, where nothing else may be.
  bad_retraction, // `retracts` names the event itself.
  bad_envelope,   // A CloudEvents document that is not of version 1.0, or not of JSON data.
  wrong_topic,    // A purchase or refund outside the transaction topic.
  key_mismatch,   // The record's key is not the user.
  wrong_partition,
};

/// Why a record is no event: for the dead letter, and for the person who sent it.
struct decode_error {
  event_fault fault = event_fault::bad_json;
  std::string field;               // RFC 6901 pointer; empty for the whole document.
  std::optional<std::size_t> byte; // Where in the value, if that is known.
  std::string message;             // A sentence that names field and place.

  /// Stable, for metrics and the `class` of a dead letter: "oversized", "wrong_topic",
  /// "key_mismatch", "wrong_partition", or "undecodable" for all that is wrong with the bytes.
  std::string_view class_name() const;

  /// Stable and finer: the name of `fault`.
  std::string_view code() const;

  /// For callers that pass on a plain error.
  error as_error() const { return {errc::bad_input, message}; }
};

template <class T>
using decoded = tl::expected<T, decode_error>;

/// How large an event may be.
struct event_limits {
  std::size_t bytes_max = 256 * 1024;
  std::size_t depth_max = 32; // Objects and arrays within each other, the event itself included.
  std::size_t id_bytes_max = 256;
};

/// Where a record came from. Its key and its partition must be those of its user.
struct record_context {
  input from = input::engagement;
  std::int32_t partition = 0;
  std::int32_t partition_count = 0; // 0: not in a partition yet, nothing to check.
  /// Becomes `recorded_at`, and no event is later than it. Negative: the log gave none, and the
  /// event's own time stands for it.
  std::int64_t append_time_ms = -1;
  std::int64_t offset = -1; // -1: it is in no log.
  bool has_key = false;
  std::string_view key;
  bool clamp_future = true; // False: keep a time later than the append time.
};

/// The event's time as said and the topic it belongs to, found before it is appended anywhere.
struct routed_event {
  input to = input::engagement;
  std::string event_id;
  std::string user_id; // The record's key.
  event_time at;
};

/// Turns the bytes of a record into an event, checking all of them whatever the rules read.
/// Grammar: top of event_codec.cpp and wire/event.v1.json. One per partition actor: it reuses its
/// buffers, so it is used by one thread at a time.
class event_decoder {
public:
  explicit event_decoder(event_limits limits = {});
  ~event_decoder();
  event_decoder(event_decoder&&) noexcept;
  event_decoder& operator=(event_decoder&&) noexcept;

  /// Decodes one record's value. Text and fields of the event are copied into `arena`, which must
  /// outlive it; `bytes` need not.
  [[nodiscard]] decoded<event> decode(std::string_view bytes, const record_context& record,
                                      const projection& keep, std::pmr::memory_resource& arena);

  /// Checks an event that is in no topic yet, such as a line of a file, and says where it belongs:
  /// purchases, refunds and whatever has an amount in the transaction topic, the rest in the
  /// engagement topic. `choice` overrides that, and fails with `wrong_topic` where it may not.
  [[nodiscard]] decoded<routed_event> route(std::string_view bytes,
                                            std::optional<input> choice = std::nullopt);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// "engagement", "transaction", "command".
std::string_view name_of(input from);

} // namespace laurel::schemas
