#include "state/segment.hpp"

#include <protozero/varint.hpp>

#include <algorithm>
#include <array>

namespace laurel::state {

using rules::fact;
using schemas::input;

// Grammar of a segment's entries; varints as in protobuf, "signed" ones zigzag, text is its length
// as a varint and its bytes:
//
//   entries = entry*
//   entry   = flags:u8 time:signed id:text
//             [typed: type:u32le] [retracts: original:text]
//             [amount: minor:varint currency:3 bytes] [zoned: zone:varint offset_s:signed]
//             [fields: count:varint field*]
//   time    = milliseconds since the entry before it, since 1970 for the first
//   field   = path:u32le tag:u8 [integer: signed | decimal: low:u64le high:u64le | text]

namespace {

constexpr unsigned typed = 0x01;
constexpr unsigned retracting = 0x02;
constexpr unsigned with_amount = 0x04;
constexpr unsigned zoned = 0x08;
constexpr unsigned with_fields = 0x10;
enum value_tag : unsigned char {
  tag_null,
  tag_false,
  tag_true,
  tag_integer,
  tag_decimal,
  tag_text
};

// -- writing ---------------------------------------------------------------------------

void put_varint(std::string& out, std::uint64_t value) {
  std::array<char, protozero::max_varint_length> buffer{};
  const auto size = protozero::add_varint_to_buffer(buffer.data(), value);
  out.append(buffer.data(), static_cast<std::size_t>(size));
}
void put_signed(std::string& out, std::int64_t value) {
  put_varint(out, protozero::encode_zigzag64(value));
}
void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}
template <class Integer>
void put_fixed(std::string& out, Integer value) {
  std::array<char, sizeof value> bytes{};
  for (std::size_t i = 0; i < sizeof value; ++i)
    bytes[i] = static_cast<char>(value >> (8 * i) & 0xffU);
  out.append(bytes.data(), bytes.size());
}

void put_value(std::string& out, const schemas::value& what) {
  if (const auto* flag = std::get_if<bool>(&what)) {
    out.push_back(static_cast<char>(*flag ? tag_true : tag_false));
  } else if (const auto* text = std::get_if<std::string_view>(&what)) {
    out.push_back(static_cast<char>(tag_text));
    put_text(out, *text);
  } else if (const auto* number = std::get_if<schemas::decimal>(&what)) {
    const auto units = number->units();
    const auto whole = units / schemas::decimal::units_per_one;
    const auto short_whole = static_cast<std::int64_t>(whole);
    if (whole * schemas::decimal::units_per_one == units && short_whole == whole) {
      out.push_back(static_cast<char>(tag_integer));
      put_signed(out, short_whole);
    } else {
      out.push_back(static_cast<char>(tag_decimal));
      put_fixed(out, static_cast<std::uint64_t>(units));
      put_fixed(out, static_cast<std::uint64_t>(units >> 64));
    }
  } else {
    out.push_back(static_cast<char>(tag_null));
  }
}

void put_entry(std::string& out, const fact& event, std::int64_t previous) {
  const unsigned flags = (event.type != 0 ? typed : 0U) | (event.retracts.empty() ? 0U : retracting)
                         | (event.amount ? with_amount : 0U)
                         | (event.zone != rules::no_zone ? zoned : 0U)
                         | (event.fields.empty() ? 0U : with_fields);
  out.push_back(static_cast<char>(flags));
  put_signed(out, event.at - previous);
  put_text(out, event.id);
  if (event.type != 0)
    put_fixed(out, event.type);
  if (!event.retracts.empty())
    put_text(out, event.retracts);
  if (event.amount) {
    put_varint(out, static_cast<std::uint64_t>(event.amount->minor));
    out.append(event.amount->unit.text());
  }
  if (event.zone != rules::no_zone) {
    put_varint(out, event.zone);
    put_signed(out, event.offset_s);
  }
  if (!event.fields.empty()) {
    put_varint(out, event.fields.size());
    for (const auto& field : event.fields) {
      put_fixed(out, field.path);
      put_value(out, field.what);
    }
  }
}

// -- reading ---------------------------------------------------------------------------

/// Reads entries one after the other. Fails for good at the first malformed byte.
class entry_reader {
public:
  entry_reader(std::string_view bytes, input from, std::uint32_t first)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), from_(from), ordinal_(first) {}

  bool failed() const { return failed_; }
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

  /// Reads the next entry into `out`; false at the end, or if it is malformed.
  bool next(fact& out) {
    if (at_ == end_ || failed_)
      return false;
    const unsigned flags = static_cast<unsigned char>(*at_++);
    previous_ += static_cast<std::uint64_t>(signed_number()); // Wraps on malformed bytes.
    out.at = static_cast<std::int64_t>(previous_);
    out.from = from_;
    out.ordinal = ordinal_++;
    out.id = text();
    out.type = (flags & typed) != 0 ? fixed<std::uint32_t>() : 0;
    out.retracts = (flags & retracting) != 0 ? text() : std::string_view{};
    out.amount.reset();
    if ((flags & with_amount) != 0)
      out.amount = amount();
    const bool has_zone = (flags & zoned) != 0;
    out.zone = has_zone ? static_cast<rules::zone_index>(varint()) : rules::no_zone;
    out.offset_s = has_zone ? static_cast<std::int32_t>(signed_number()) : 0;
    out.fields.clear();
    if ((flags & with_fields) != 0)
      read_fields(out);
    return !failed_;
  }

private:
  std::uint64_t varint() {
    if (failed_)
      return 0;
    try {
      return protozero::decode_varint(&at_, end_);
    } catch (const protozero::exception&) {
      failed_ = true;
      return 0;
    }
  }
  std::int64_t signed_number() { return protozero::decode_zigzag64(varint()); }

  std::string_view bytes(std::uint64_t size) {
    if (failed_ || size > static_cast<std::uint64_t>(end_ - at_)) {
      failed_ = true;
      return {};
    }
    const std::string_view found(at_, size);
    at_ += size;
    return found;
  }
  std::string_view text() { return bytes(varint()); }

  template <class Integer>
  Integer fixed() {
    Integer out = 0;
    const auto found = bytes(sizeof out);
    for (std::size_t i = 0; i < found.size(); ++i)
      out |= static_cast<Integer>(static_cast<unsigned char>(found[i])) << (8 * i);
    return out;
  }

  schemas::money amount() {
    schemas::money out;
    out.minor = static_cast<std::int64_t>(varint());
    const auto code = bytes(out.unit.code.size());
    std::copy(code.begin(), code.end(), out.unit.code.begin());
    return out;
  }

  void read_fields(fact& out) {
    for (auto count = varint(); count > 0 && !failed_; --count) {
      const auto path = fixed<std::uint32_t>();
      out.fields.push_back({path, one_value()});
    }
  }

  schemas::value one_value() {
    const auto tag = bytes(1);
    if (tag.empty())
      return {};
    switch (static_cast<unsigned char>(tag[0])) {
    case tag_false:
      return false;
    case tag_true:
      return true;
    case tag_integer:
      return schemas::decimal::from_integer(signed_number());
    case tag_decimal: {
      const auto low = fixed<std::uint64_t>();
      const auto high = fixed<std::uint64_t>();
      return schemas::decimal::from_units(static_cast<schemas::int128>(high) << 64
                                          | static_cast<schemas::int128>(low));
    }
    case tag_text:
      return text();
    default:
      return {};
    }
  }

  const char* at_;
  const char* end_;
  input from_;
  std::uint32_t ordinal_;
  std::uint64_t previous_ = 0;
  bool failed_ = false;
};

} // namespace

void append_event(segment& to, const fact& event, std::int64_t keep_ms) {
  put_entry(to.entries, event, to.previous);
  to.previous = event.at;
  to.latest = std::max(to.latest, event.at);
  to.earliest = std::min(to.earliest, event.at);
  to.keep_ms = std::max(to.keep_ms, keep_ms);
  to.has_retractions = to.has_retractions || !event.retracts.empty();
  ++to.count;
}

std::uint32_t trim_segment(segment& from, input input,
                           const std::function<bool(const fact&)>& take) {
  entry_reader reader(from.entries, input, from.first);
  fact event;
  std::uint32_t gone = 0;
  bool is_there = reader.next(event);
  for (; is_there && take(event); is_there = reader.next(event))
    ++gone;
  if (gone == 0)
    return 0;
  std::string kept;
  if (is_there) {
    kept.reserve(from.entries.size());
    put_entry(kept, event, 0); // Now the first, so its time is told whole.
    kept.append(reader.rest());
  }
  from.entries = std::move(kept);
  from.first += gone;
  from.count -= gone;
  return gone;
}

bool read_segment(const segment& from, input input, const std::function<bool(const fact&)>& visit) {
  entry_reader reader(from.entries, input, from.first);
  fact event;
  while (reader.next(event)) {
    if (!visit(event))
      return true;
  }
  return !reader.failed();
}

} // namespace laurel::state
