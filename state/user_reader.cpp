#include "state/erasure.hpp"
#include "state/instance_codec.hpp"
#include "state/user_codec.hpp"
#include "state/user_tags.hpp"

#include <protozero/pbf_reader.hpp>

#include <algorithm>
#include <exception>

namespace laurel::state {

using protozero::pbf_reader;
using schemas::input;

namespace {

pbf_reader message(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
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
    if (!has_core_ && rows.size() == 1 && is_erased_key(rows.front().key))
      return read_erased(rows.front().value.value_or(""));
    demand(has_core_, "there is no core record");
    user_.is_stored = true;
    // Elements sort before the instances that they belong to, so they come second.
    for (const auto& each : rows)
      read_row(each, tags::instance_row);
    for (const auto& each : rows)
      read_row(each, tags::element_row);
    for (const auto& each : rows)
      read_row(each, tags::segment_row);
    for (const auto& each : rows)
      read_row(each, tags::outcomes_row);
    finish_history();
  }

private:
  /// The outcome is written again with the rows of the life that may begin.
  void read_erased(std::string_view bytes) {
    auto who = decode_erased(bytes);
    demand(who.has_value(), "the row of an erased user is damaged");
    user_.erased_at = who->erased_at;
    user_.outcomes.push_back(std::move(who->by));
    user_.outcomes_dirty = true;
  }

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
      case tags::core::timer_at_ms:
        user_.timer_at = user_.stored_timer_at = in.get_sint64();
        break;
      case tags::core::erased_at_ms:
        user_.erased_at = in.get_sint64();
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
      case tags::rule::base_at_ms:
        out->base_at = in.get_sint64();
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
    else if (kind == tags::outcomes_row)
      user_.outcomes = decode_outcomes(*each.value);
    else
      read_element_row(key, *each.value);
  }

  /// Takes the rule's id off the key.
  rule_state& rule_of(std::string_view& key) {
    const auto id = take_part(key);
    auto* found = user_.find_rule(id);
    demand(found != nullptr, "a row of an unknown rule");
    return *found;
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
    auto& set = set_of(one->leaf(leaf));
    demand(set.is_large(), "an element row of a small set");
    set.restore({what, static_cast<std::int32_t>(read_signed(value))});
  }

  void read_segment_row(std::string_view key, std::string_view value) {
    demand(key.size() == 5 && static_cast<unsigned char>(key[0]) < schemas::event_input_count,
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
  std::array<stored_input, schemas::event_input_count> inputs_;
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
