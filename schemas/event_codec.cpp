#include "schemas/event_codec.hpp"

#include "schemas/base/text.hpp"
#include "schemas/event_reader.hpp"
#include "schemas/partitioner.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

// The native format, one JSON object (wire/event.v1.json has it in full):
//
//   event       = { "event_id": id, "user_id": id, "type": id, "occurred_at": time,
//                   ["zone": iana-name], ["retracts": id], ["amount": amount],
//                   ["attributes": object], *( name: any ) }
//   id          = string of 1 to 256 bytes
//   time        = RFC 3339 string / integer epoch milliseconds
//   amount      = { "value": decimal string, "currency": ISO 4217 code }
//
// Fields of other names are attributes too. CloudEvents 1.0 in structured mode is told apart by
// its "specversion":
//
//   cloud-event = { "specversion": "1.0", "id": id, "source": string, "subject": id, "type": id,
//                   "time": time, ["datacontenttype": json], ["dataschema": string],
//                   ["data": { ["zone"], ["retracts"], ["amount"], ["attributes"],
//                              *( name: any ) }],
//                   *( extension: any ) }
//
// where "subject" is the user, and extensions and other names in "data" are attributes. A null
// stands for an absent optional field.

namespace laurel::schemas {

namespace {

constexpr std::size_t room_min = 4 * 1024;
constexpr std::size_t routing_bytes = 2 * 1024; // What an event without fields needs at most.

} // namespace

/// One decoder's buffers. Every step returns false after the reader has set why.
struct event_decoder::impl {
  explicit impl(event_limits its_limits) : limits(its_limits), reader(its_limits) {}

  bool decode(std::string_view text, const record_context& record, const projection& keep,
              std::pmr::memory_resource& arena);
  bool parse(std::string_view text, simdjson::dom::element& root);
  bool make_room(std::size_t bytes);
  bool check_record(const record_context& record);
  void finish(const record_context& record, std::pmr::memory_resource& arena);

  event_limits limits;
  event_reader reader;
  simdjson::dom::parser parser;
  std::size_t room = 0; // Bytes that `parser` and `padded` are ready for.
  std::unique_ptr<char[]> padded;
};

bool event_decoder::impl::decode(std::string_view text, const record_context& record,
                                 const projection& keep, std::pmr::memory_resource& arena) {
  reader.begin(text);
  simdjson::dom::element root;
  if (!parse(text, root) || !reader.read(root, keep, arena) || !check_record(record))
    return false;
  finish(record, arena);
  return true;
}

bool event_decoder::impl::parse(std::string_view text, simdjson::dom::element& root) {
  if (text.size() > limits.bytes_max)
    return reader.refuse(event_fault::oversized, "",
                         "has " + std::to_string(text.size()) + " bytes, of "
                           + std::to_string(limits.bytes_max) + " at most");
  if (text.empty())
    return reader.refuse(event_fault::empty, "", "there is no value");
  if (!make_room(text.size()))
    return reader.malformed("there is not enough memory to parse it");
  std::memcpy(padded.get(), text.data(), text.size());
  const auto failed = parser.parse(padded.get(), text.size(), false).get(root);
  return failed == simdjson::SUCCESS || reader.malformed(simdjson::error_message(failed));
}

/// The parser wants padding behind the text. Room grows with the events that come, since that for
/// the largest would cost each decoder megabytes.
bool event_decoder::impl::make_room(std::size_t bytes) {
  if (bytes <= room)
    return true;
  // The parser counts depth in its own way; `attribute_reader` counts exactly.
  const std::size_t parser_depth = limits.depth_max + 2;
  const std::size_t wanted = std::max(room_min, std::bit_ceil(bytes));
  padded = std::make_unique<char[]>(wanted + simdjson::SIMDJSON_PADDING);
  room = parser.allocate(wanted, parser_depth) == simdjson::SUCCESS ? wanted : 0;
  return room != 0;
}

/// The record around the event: its topic, its key, its partition.
bool event_decoder::impl::check_record(const record_context& record) {
  const event& what = reader.what();
  if (record.from != input::transaction && is_transaction_type(what.type))
    return reader.refuse(event_fault::wrong_topic, "/type",
                         quoted(what.type) + " comes on the transaction topic only, not on the "
                           + std::string(name_of(record.from)) + " topic");
  if (record.has_key && record.key != what.user_id)
    return reader.refuse(event_fault::key_mismatch, reader.user_pointer(),
                         quoted(what.user_id) + " is not the record's key " + quoted(record.key));
  if (record.partition_count == 0)
    return true;
  const std::int32_t owner = partition_of(what.user_id, record.partition_count);
  if (owner == record.partition)
    return true;
  return reader.refuse(event_fault::wrong_partition, reader.user_pointer(),
                       quoted(what.user_id) + " belongs in partition " + std::to_string(owner)
                         + " of " + std::to_string(record.partition_count) + ", not in "
                         + std::to_string(record.partition)
                         + "; a librdkafka producer needs partitioner=murmur2_random");
}

/// Completes the event, and moves its text from the parser's buffer into the arena in one piece.
void event_decoder::impl::finish(const record_context& record, std::pmr::memory_resource& arena) {
  event& what = reader.what();
  what.from = record.from;
  what.offset = record.offset;
  what.recorded_at = what.at;
  if (record.append_time_ms >= 0) {
    what.recorded_at = {record.append_time_ms};
    if (record.clamp_future)
      what.at = std::min(what.at, what.recorded_at);
  }

  const std::array<std::string_view*, 5> texts{&what.id, &what.user_id, &what.type, &what.zone,
                                               &what.retracts};
  std::size_t bytes = 0;
  for (const auto* const text : texts)
    bytes += text->size();
  auto* at = static_cast<char*>(arena.allocate(bytes, 1));
  for (auto* const text : texts) {
    if (text->empty())
      continue;
    std::memcpy(at, text->data(), text->size());
    *text = {at, text->size()};
    at += text->size();
  }
}

// -- event_decoder -----------------------------------------------------------------

event_decoder::event_decoder(event_limits limits) : impl_(std::make_unique<impl>(limits)) {}
event_decoder::~event_decoder() = default;
event_decoder::event_decoder(event_decoder&&) noexcept = default;
event_decoder& event_decoder::operator=(event_decoder&&) noexcept = default;

decoded<event> event_decoder::decode(std::string_view bytes, const record_context& record,
                                     const projection& keep, std::pmr::memory_resource& arena) {
  if (!impl_->decode(bytes, record, keep, arena))
    return tl::unexpected(std::move(impl_->reader.why()));
  return impl_->reader.what();
}

decoded<routed_event> event_decoder::route(std::string_view bytes, std::optional<input> choice) {
  static const projection nothing;
  std::array<std::byte, routing_bytes> buffer;
  std::pmr::monotonic_buffer_resource arena(buffer.data(), buffer.size());
  record_context record;
  record.from = choice.value_or(input::transaction); // Which may carry any event.
  if (!impl_->decode(bytes, record, nothing, arena))
    return tl::unexpected(std::move(impl_->reader.why()));

  const event& what = impl_->reader.what();
  const bool moves_money = is_transaction_type(what.type) || what.amount.has_value();
  return routed_event{choice.value_or(moves_money ? input::transaction : input::engagement),
                      std::string(what.id), std::string(what.user_id), what.at};
}

} // namespace laurel::schemas
