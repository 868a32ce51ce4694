#include "state/user_codec.hpp"
#include "state/user_tags.hpp"

#include <protozero/pbf_reader.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>

namespace laurel::state {

using protozero::pbf_reader;
using schemas::input;

namespace {

/// Leaves the reader for `read_user`, which makes it an error.
struct malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void demand(bool condition, const char* what) {
  if (!condition)
    throw malformed(what);
}

pbf_reader message(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

std::string_view text(pbf_reader& in) {
  const auto view = in.get_view();
  return {view.data(), view.size()};
}

// -- leaves ------------------------------------------------------------------------------

/// Reads signed varints and bytes one after the other.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  bool at_end() const { return at_ == end_; }
  std::int64_t number() { return protozero::decode_zigzag64(protozero::decode_varint(&at_, end_)); }
  element member() {
    element out{};
    demand(at_ != end_, "an element is cut");
    const auto length = static_cast<unsigned char>(*at_);
    const auto bytes = length < out.size() ? length + std::size_t{1} : out.size();
    demand(static_cast<std::size_t>(end_ - at_) >= bytes, "an element is cut");
    std::copy_n(at_, bytes, out.begin());
    at_ += bytes;
    return out;
  }

private:
  const char* at_;
  const char* end_;
};

void read_elements(std::string_view bytes, distinct_set& set) {
  byte_reader in(bytes);
  while (!in.at_end()) {
    const auto what = in.member();
    set.restore({what, static_cast<std::int32_t>(in.number())});
  }
}

wide_number read_wide(std::string_view bytes) {
  demand(bytes.size() == 24, "a wide number has 24 bytes");
  std::uint64_t limbs[3] = {};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    limbs[i / 8] |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (i % 8 * 8);
  return wide_number::of_limbs(limbs[0], limbs[1], limbs[2]);
}

wide_number plain_number(std::int64_t value) {
  wide_number out;
  out.add(schemas::int128{value});
  return out;
}

calendar_buckets::bucket read_bucket(pbf_reader in) {
  calendar_buckets::bucket out;
  while (in.next()) {
    switch (in.tag()) {
    case tags::bucket::period:
      out.period = in.get_sint32();
      break;
    case tags::bucket::number:
      out.number = plain_number(in.get_sint64());
      break;
    case tags::bucket::wide_number:
      out.number = read_wide(text(in));
      break;
    case tags::bucket::elements:
      read_elements(text(in), out.elements);
      break;
    default:
      in.skip();
    }
  }
  return out;
}

template <class Detail>
Detail& detail_of(leaf_state& state) {
  if (!state.detail)
    state.detail = std::make_unique<leaf_detail>(std::in_place_type<Detail>);
  auto* detail = std::get_if<Detail>(state.detail.get());
  demand(detail != nullptr, "a leaf of two kinds");
  return *detail;
}

void read_days(std::string_view bytes, streak_days& state) {
  byte_reader in(bytes);
  std::int64_t day = 0;
  while (!in.at_end()) {
    day += in.number();
    state.days.push_back(
      {static_cast<rules::day_number>(day), static_cast<std::int32_t>(in.number())});
  }
}

leaf_state read_leaf(pbf_reader in) {
  leaf_state out;
  while (in.next()) {
    switch (in.tag()) {
    case tags::leaf::number:
      out.number = plain_number(in.get_sint64());
      break;
    case tags::leaf::wide_number:
      out.number = read_wide(text(in));
      break;
    case tags::leaf::elements:
      read_elements(text(in), detail_of<distinct_set>(out));
      break;
    case tags::leaf::large_elements:
      detail_of<distinct_set>(out).make_large();
      in.skip();
      break;
    case tags::leaf::bucket:
      detail_of<calendar_buckets>(out).buckets.push_back(read_bucket(in.get_message()));
      break;
    case tags::leaf::days:
      read_days(text(in), detail_of<streak_days>(out));
      break;
    case tags::leaf::run: {
      const auto run = in.get_packed_sint32();
      demand(std::distance(run.begin(), run.end()) == 2, "a run has two ends");
      auto& state = detail_of<streak_days>(out);
      state.run_first = *run.begin();
      state.run_last = *std::next(run.begin());
      break;
    }
    default:
      in.skip();
    }
  }
  return out;
}

// -- instances ---------------------------------------------------------------------------

grant read_grant(pbf_reader in) {
  grant out;
  while (in.next()) {
    switch (in.tag()) {
    case tags::grant::n:
      out.n = in.get_uint32();
      break;
    case tags::grant::revision:
      out.revision = in.get_uint32();
      break;
    case tags::grant::state: {
      const auto bits = in.get_uint32();
      out.stands = (bits & tags::grant::stands) != 0;
      out.told = (bits & tags::grant::told) != 0;
      break;
    }
    case tags::grant::granted_at_ms:
      out.granted_at = in.get_sint64();
      break;
    case tags::grant::cause:
      out.cause = in.get_string();
      break;
    case tags::grant::revoked_at_ms:
      out.revoked_at = in.get_sint64();
      break;
    case tags::grant::revoke_cause:
      out.revoke_cause = in.get_string();
      break;
    case tags::grant::badge:
      out.badge = in.get_string();
      break;
    case tags::grant::version:
      out.version = in.get_fixed64();
      break;
    case tags::grant::judged_by:
      out.judged_by = in.get_fixed64();
      break;
    case tags::grant::recorded_at_ms:
      out.recorded_at = in.get_sint64();
      break;
    default:
      in.skip();
    }
  }
  if (out.judged_by == 0)
    out.judged_by = out.version;
  return out;
}

std::unique_ptr<instance> read_instance(pbf_reader in, bool in_row) {
  auto out = std::make_unique<instance>();
  out->in_row = in_row;
  std::vector<leaf_state> leaves;
  while (in.next()) {
    switch (in.tag()) {
    case tags::instance::key:
      out->key = std::make_unique<const std::string>(in.get_string());
      break;
    case tags::instance::last_at_ms:
      out->last_at = in.get_sint64();
      break;
    case tags::instance::zone:
      out->zone = static_cast<rules::zone_index>(in.get_uint32());
      break;
    case tags::instance::leaf:
      leaves.push_back(read_leaf(in.get_message()));
      break;
    case tags::instance::grant:
      out->grant_list().push_back(read_grant(in.get_message()));
      break;
    default:
      in.skip();
    }
  }
  out->note_standing();
  out->resize_leaves(leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i)
    out->leaf(i) = std::move(leaves[i]);
  return out;
}

// -- the core record -----------------------------------------------------------------------

segment read_segment_message(pbf_reader in) {
  segment out;
  while (in.next()) {
    switch (in.tag()) {
    case tags::segment::first:
      out.first = in.get_uint32();
      break;
    case tags::segment::count:
      out.count = in.get_uint32();
      break;
    case tags::segment::keep_ms:
      out.keep_ms = in.get_int64();
      break;
    case tags::segment::entries:
      out.entries = in.get_string();
      break;
    default:
      in.skip();
    }
  }
  return out;
}

/// An input as read: the tail can only be put back after the sealed segments before it.
struct stored_input {
  std::uint32_t next_ordinal = 0;
  std::int64_t dropped_until = no_time;
  std::optional<segment> tail;
};

class user_reader {
public:
  explicit user_reader(user_state& user) : user_(user) {}

  void read(std::span<const row> rows) {
    const auto core = core_key(user_.user_id);
    for (const auto& each : rows) {
      if (each.key == core)
        read_core(each.value.value_or(""));
    }
    demand(has_core_, "there is no core record");
    // Elements sort before the instances that they belong to, so they come second.
    for (const auto& each : rows)
      read_row(each, tags::instance_row);
    for (const auto& each : rows)
      read_row(each, tags::element_row);
    for (const auto& each : rows)
      read_row(each, tags::segment_row);
    finish_history();
  }

private:
  void read_core(std::string_view bytes) {
    demand(bytes.size() >= 2 && bytes[0] == tags::core_format, "an unknown format");
    has_core_ = true;
    user_.has_rows = (bytes[1] & tags::has_more_rows_flag) != 0;
    auto in = message(bytes.substr(2));
    while (in.next()) {
      switch (in.tag()) {
      case tags::core::input:
        read_input(in.get_message());
        break;
      case tags::core::is_joined:
        user_.is_joined = in.get_bool();
        break;
      case tags::core::zone: {
        auto name = in.get_string();
        auto table = rules::zone_table::of(name);
        user_.zones.push_back({std::move(name), std::move(table)});
        break;
      }
      case tags::core::rule:
        user_.rules.push_back(read_rule(in.get_message()));
        break;
      default:
        in.skip();
      }
    }
  }

  void read_input(pbf_reader in) {
    std::size_t number = 0;
    std::int64_t clock = no_time;
    stored_input out;
    while (in.next()) {
      switch (in.tag()) {
      case tags::input::number:
        number = in.get_uint32();
        break;
      case tags::input::clock_ms:
        clock = in.get_sint64();
        break;
      case tags::input::next_ordinal:
        out.next_ordinal = in.get_uint32();
        break;
      case tags::input::dropped_until_ms:
        out.dropped_until = in.get_sint64();
        break;
      case tags::input::tail:
        out.tail = read_segment_message(in.get_message());
        break;
      default:
        in.skip();
      }
    }
    demand(number < inputs_.size(), "an unknown input");
    user_.clock[number] = clock;
    inputs_[number] = std::move(out);
  }

  static history_cut read_cut(pbf_reader& in) {
    const auto packed = in.get_packed_uint32();
    history_cut out{};
    demand(std::distance(packed.begin(), packed.end()) == static_cast<std::ptrdiff_t>(out.size()),
           "a cut has one ordinal for each input");
    std::copy(packed.begin(), packed.end(), out.begin());
    return out;
  }

  static std::unique_ptr<rule_state> read_rule(pbf_reader in) {
    auto out = std::make_unique<rule_state>();
    std::vector<history_cut> gaps;
    while (in.next()) {
      switch (in.tag()) {
      case tags::rule::id:
        out->id = in.get_string();
        break;
      case tags::rule::version:
        out->version = in.get_fixed64();
        break;
      case tags::rule::aggregates:
        out->aggregates = in.get_fixed64();
        break;
      case tags::rule::counts_from_ms:
        out->counts_from = in.get_sint64();
        break;
      case tags::rule::judged_from_ms:
        out->judged_from = in.get_sint64();
        break;
      case tags::rule::inputs_seen:
        out->inputs_seen = static_cast<std::uint8_t>(in.get_uint32());
        break;
      case tags::rule::since:
        out->since = read_cut(in);
        break;
      case tags::rule::closed_at:
        out->is_closed = true;
        out->closed_at = read_cut(in);
        break;
      case tags::rule::gaps:
        gaps.push_back(read_cut(in));
        break;
      case tags::rule::instance:
        out->adopt(read_instance(in.get_message(), false));
        break;
      default:
        in.skip();
      }
    }
    demand(gaps.size() % 2 == 0, "a gap has two ends");
    for (std::size_t i = 0; i < gaps.size(); i += 2)
      out->gaps.emplace_back(gaps[i], gaps[i + 1]);
    return out;
  }

  // -- rows of their own ---------------------------------------------------------------------

  void read_row(const row& each, char kind) {
    auto key = std::string_view(each.key);
    const auto prefix = user_prefix(user_.user_id);
    demand(key.size() > prefix.size() && key.substr(0, prefix.size()) == prefix,
           "a row of another user");
    key.remove_prefix(prefix.size());
    if (key[0] != kind)
      return;
    demand(user_.has_rows && each.value, "a row that the core record does not know of");
    key.remove_prefix(1);
    if (kind == tags::segment_row)
      read_segment_row(key, *each.value);
    else if (kind == tags::instance_row)
      rule_of(key).adopt(read_instance(message(*each.value), true));
    else
      read_element_row(key, *each.value);
  }

  /// Takes the rule's id off the key.
  rule_state& rule_of(std::string_view& key) {
    const auto id = take_part(key);
    const auto found = std::find_if(user_.rules.begin(), user_.rules.end(),
                                    [&](const auto& one) { return one->id == id; });
    demand(found != user_.rules.end(), "a row of an unknown rule");
    return **found;
  }

  static std::string_view take_part(std::string_view& key) {
    demand(key.size() >= 2, "a key is cut");
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(key[0]) << 8U
                                               | static_cast<unsigned char>(key[1]));
    demand(key.size() >= 2 + size, "a key is cut");
    const auto part = key.substr(2, size);
    key.remove_prefix(2 + size);
    return part;
  }

  void read_element_row(std::string_view key, std::string_view value) {
    auto* one = rule_of(key).find(take_part(key));
    element what{};
    demand(one != nullptr && key.size() == 1 + what.size(), "an element of nothing");
    const auto leaf = static_cast<unsigned char>(key[0]);
    demand(leaf < one->leaf_count, "an element of an unknown leaf");
    std::copy_n(key.begin() + 1, what.size(), what.begin());
    auto& set = detail_of<distinct_set>(one->leaf(leaf));
    demand(set.is_large(), "an element row of a small set");
    set.restore({what, static_cast<std::int32_t>(byte_reader(value).number())});
  }

  void read_segment_row(std::string_view key, std::string_view value) {
    demand(key.size() == 5 && static_cast<unsigned char>(key[0]) < schemas::input_count,
           "a segment of an unknown input");
    auto stored = read_segment_message(message(value));
    stored.is_stored = true;
    restore(static_cast<input>(key[0]), std::move(stored));
  }

  void restore(input from, segment stored) {
    const auto done = user_.history.restore(from, std::move(stored));
    demand(done.has_value(), "a segment of the history is damaged");
  }

  void finish_history() {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const auto from = static_cast<input>(i);
      if (inputs_[i].tail)
        restore(from, std::move(*inputs_[i].tail));
      user_.history.restore_position(from, inputs_[i].next_ordinal, inputs_[i].dropped_until);
      const auto& segments = user_.history.segments(from);
      const auto end = segments.empty() ? 0 : segments.back().first + segments.back().count;
      demand(segments.empty() || end == inputs_[i].next_ordinal, "the history has a hole");
    }
  }

  user_state& user_;
  std::array<stored_input, schemas::input_count> inputs_;
  bool has_core_ = false;
};

} // namespace

schemas::result<std::unique_ptr<user_state>> read_user(std::string user_id,
                                                       std::span<const row> rows) {
  auto user = std::make_unique<user_state>(std::move(user_id));
  if (rows.empty())
    return user;
  try {
    user_reader(*user).read(rows);
  } catch (const std::exception& e) { // protozero throws on malformed wire data
    return schemas::failure(schemas::errc::corrupt,
                            "the state of user " + user->user_id + ": " + e.what());
  }
  return user;
}

} // namespace laurel::state
