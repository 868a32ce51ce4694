#include "state/history.hpp"

#include "schemas/base/check.hpp"

#include <protozero/varint.hpp>
#include <xxhash.h>

#include <algorithm>

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

constexpr std::size_t listed_ids_max = 256; // Above it, a table finds an id faster than a scan.
constexpr std::array<input, schemas::input_count> all_inputs{input::engagement, input::transaction};

std::uint64_t id_hash(std::string_view id) {
  return XXH3_64bits(id.data(), id.size());
}

/// The first index from `begin` on that holds `sought`, or the size. Looks at blocks, which the
/// compiler turns into vector instructions: nearly always there is none.
std::size_t next_equal(const std::vector<std::uint32_t>& all, std::uint32_t sought,
                       std::size_t begin) {
  constexpr std::size_t block = 16;
  auto i = begin;
  for (; i + block <= all.size(); i += block) {
    std::uint32_t any = 0;
    for (std::size_t j = 0; j < block; ++j)
      any |= all[i + j] == sought ? 1U : 0U;
    if (any != 0)
      break;
  }
  while (i < all.size() && all[i] != sought)
    ++i;
  return i;
}

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

bool read_segment(const segment& from, input input, const std::function<bool(const fact&)>& visit) {
  entry_reader reader(from.entries, input, from.first);
  fact event;
  while (reader.next(event)) {
    if (!visit(event))
      return true;
  }
  return !reader.failed();
}

void user_history::append(fact& event, std::int64_t keep_ms) {
  auto& mine = of(event.from);
  if (mine.segments.empty() || mine.segments.back().is_full()) {
    mine.segments.emplace_back();
    mine.segments.back().first = mine.next;
  }
  event.ordinal = mine.next++;
  auto& last = mine.segments.back();
  put_entry(last.entries, event, last.previous);
  last.previous = event.at;
  last.latest = std::max(last.latest, event.at);
  last.keep_ms = std::max(last.keep_ms, keep_ms);
  last.has_retractions = last.has_retractions || !event.retracts.empty();
  ++last.count;
  note(event);
}

void user_history::note(const fact& event) {
  const auto hash = id_hash(event.id);
  const history_place where{event.from, event.ordinal};
  if (index_) {
    has_twins_ = !index_->emplace(hash, where).second || has_twins_;
  } else {
    of(event.from).hashes.push_back(static_cast<std::uint32_t>(hash));
    if (inputs_[0].hashes.size() + inputs_[1].hashes.size() > listed_ids_max)
      build_index();
  }
  if (event.retracts.empty())
    return;
  if (!retractions_)
    retractions_ = std::make_unique<retraction_list>();
  retractions_->by_original[id_hash(event.retracts)].push_back(where);
}

void user_history::build_index() {
  index_ = std::make_unique<tsl::robin_map<std::uint64_t, history_place>>();
  for (const auto from : all_inputs) {
    for (const auto& one : of(from).segments) {
      read_segment(one, from, [&](const fact& event) {
        const auto is_new = index_->emplace(id_hash(event.id), history_place{from, event.ordinal});
        has_twins_ = has_twins_ || !is_new.second;
        return true;
      });
    }
    of(from).hashes = {};
  }
}

std::optional<history_place> user_history::find(std::string_view id) const {
  const auto hash = id_hash(id);
  if (index_) {
    const auto found = index_->find(hash);
    if (found == index_->end())
      return std::nullopt;
    if (is_at(found->second, id))
      return found->second;
    return has_twins_ ? scan(id) : std::nullopt;
  }
  const auto short_hash = static_cast<std::uint32_t>(hash);
  for (const auto from : all_inputs) {
    const auto& mine = of(from);
    for (auto at = next_equal(mine.hashes, short_hash, 0); at < mine.hashes.size();
         at = next_equal(mine.hashes, short_hash, at + 1)) {
      const history_place where{from, static_cast<std::uint32_t>(mine.segments.front().first + at)};
      if (is_at(where, id))
        return where;
    }
  }
  return std::nullopt;
}

std::optional<history_place> user_history::scan(std::string_view id) const {
  std::optional<history_place> found;
  for (const auto from : all_inputs) {
    for (const auto& one : of(from).segments) {
      read_segment(one, from, [&](const fact& event) {
        if (event.id == id)
          found = history_place{from, event.ordinal};
        return !found;
      });
    }
  }
  return found;
}

const segment& user_history::segment_of(history_place where) const {
  const auto& segments = of(where.from).segments;
  const auto after =
    std::upper_bound(segments.begin(), segments.end(), where.ordinal,
                     [](std::uint32_t ordinal, const segment& one) { return ordinal < one.first; });
  CHECK_ALWAYS(after != segments.begin());
  return *std::prev(after);
}

fact user_history::read(history_place where) const {
  const auto& one = segment_of(where);
  entry_reader reader(one.entries, where.from, one.first);
  fact event;
  while (reader.next(event)) {
    if (event.ordinal == where.ordinal)
      return event;
  }
  CHECK_ALWAYS(!"an event of the history is where it was put");
  return event;
}

bool user_history::is_at(history_place where, std::string_view id) const {
  return read(where).id == id;
}

std::vector<history_place> user_history::retractions_of(std::string_view id) const {
  std::vector<history_place> out;
  if (!retractions_)
    return out;
  const auto found = retractions_->by_original.find(id_hash(id));
  if (found == retractions_->by_original.end())
    return out;
  for (const auto where : found->second) {
    if (read(where).retracts == id)
      out.push_back(where);
  }
  return out;
}

void user_history::for_each(std::int64_t from,
                            const std::function<void(const fact&)>& visit) const {
  for (const auto which : all_inputs) {
    for (const auto& one : of(which).segments) {
      if (one.latest < from)
        continue;
      read_segment(one, which, [&](const fact& event) {
        if (event.at >= from)
          visit(event);
        return true;
      });
    }
  }
}

std::uint32_t user_history::next_ordinal(input from) const {
  return of(from).next;
}

std::int64_t user_history::dropped_until(input from) const {
  return of(from).dropped_until;
}

std::vector<std::uint32_t> user_history::drop(input from, std::int64_t oldest) {
  std::vector<std::uint32_t> rows;
  std::size_t gone = 0;
  auto& mine = of(from);
  // The last segment stays: it is still written to.
  while (gone + 1 < mine.segments.size()) {
    const auto& one = mine.segments[gone];
    if (one.latest >= oldest - one.keep_ms)
      break;
    forget(one, from);
    if (one.is_stored)
      rows.push_back(one.first);
    ++gone;
    mine.dropped_until = std::max(mine.dropped_until, one.latest);
  }
  mine.segments.erase(mine.segments.begin(),
                      mine.segments.begin() + static_cast<std::ptrdiff_t>(gone));
  return rows;
}

void user_history::forget(const segment& gone, input from) {
  if (!index_) {
    auto& hashes = of(from).hashes;
    hashes.erase(hashes.begin(), hashes.begin() + static_cast<std::ptrdiff_t>(gone.count));
  }
  if (!index_ && !gone.has_retractions)
    return;
  read_segment(gone, from, [&](const fact& event) {
    const history_place where{from, event.ordinal};
    if (index_) {
      const auto found = index_->find(id_hash(event.id));
      if (found != index_->end() && found->second == where)
        index_->erase(found);
    }
    if (!event.retracts.empty()) {
      auto& list = retractions_->by_original[id_hash(event.retracts)];
      list.erase(std::remove(list.begin(), list.end(), where), list.end());
      if (list.empty())
        retractions_->by_original.erase(id_hash(event.retracts));
    }
    return true;
  });
}

void user_history::restore_position(input from, std::uint32_t next, std::int64_t dropped_until) {
  of(from).next = next;
  of(from).dropped_until = dropped_until;
}

schemas::result<void> user_history::restore(input from, segment stored) {
  auto& mine = of(from);
  std::uint32_t count = 0;
  const bool in_order = mine.segments.empty()
                        || mine.segments.back().first + mine.segments.back().count == stored.first;
  const bool well_formed = read_segment(stored, from, [&](const fact& event) {
    ++count;
    stored.previous = event.at;
    stored.latest = std::max(stored.latest, event.at);
    stored.has_retractions = stored.has_retractions || !event.retracts.empty();
    return true;
  });
  if (!in_order || !well_formed || count == 0 || count != stored.count)
    return schemas::failure(schemas::errc::corrupt, "a segment of the history is damaged");
  mine.segments.push_back(std::move(stored));
  read_segment(mine.segments.back(), from, [&](const fact& event) {
    note(event);
    return true;
  });
  return {};
}

std::size_t user_history::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& mine : inputs_) {
    bytes += mine.segments.capacity() * sizeof(segment);
    bytes += mine.hashes.capacity() * sizeof(std::uint32_t);
    for (const auto& one : mine.segments)
      bytes += one.entries.capacity();
  }
  if (index_)
    bytes += index_->bucket_count() * (sizeof(history_place) + 2 * sizeof(std::uint64_t));
  if (retractions_)
    bytes += retractions_->by_original.bucket_count() * 2 * sizeof(history_place) * 4;
  return bytes;
}

} // namespace laurel::state
