#include "state/instance_codec.hpp"
#include "state/timer.hpp"
#include "state/user_codec.hpp"
#include "state/user_tags.hpp"

#include <boost/container/small_vector.hpp>
#include <protozero/pbf_writer.hpp>

#include <algorithm>

namespace laurel::state {

using protozero::pbf_writer;
using schemas::input;

namespace {

// Rows of a user, below user_prefix():
//
//   core     = 'c'                                  what every event changes; small instances
//   element  = 'd' rule:part key:part leaf:u8 element:16 bytes  one of a large distinct set
//   instance = 'i' rule:part key:bytes              an instance too large for the core record
//   outcomes = 'o'                                  of the last commands
//   segment  = 's' input:u8 first:u32be             sealed events of one input
//   part     = size:u16be bytes
//
// Values are messages of schemas/wire/state.v1.proto; that of an element is its count as a zigzag
// varint. A core record has two bytes before its message: format, flags.

/// After a spill there is room again, so that not every commit has to spill something.
constexpr std::size_t core_bytes_after_spill = core_bytes_max * 3 / 4;

void put_u32be(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift & 0xffU));
}

std::string element_prefix(const user_state& user, const rule_state& rule, const instance& one,
                           std::size_t leaf) {
  auto key = user_prefix(user.user_id);
  key.push_back(tags::element_row);
  append_key_part(key, rule.id);
  append_key_part(key, one.key_text());
  key.push_back(static_cast<char>(leaf));
  return key;
}

// -- the core record -----------------------------------------------------------------------

void write_segment(pbf_writer& out, const segment& one) {
  out.add_uint32(tags::segment::first, one.first);
  out.add_uint32(tags::segment::count, one.count);
  if (one.keep_ms > 0)
    out.add_int64(tags::segment::keep_ms, one.keep_ms);
  out.add_bytes(tags::segment::entries, one.entries);
}

void write_input(pbf_writer& parent, const user_state& user, input from) {
  const auto clock = user.clock[static_cast<std::size_t>(from)];
  if (clock == no_time)
    return;
  pbf_writer out(parent, tags::core::input);
  out.add_uint32(tags::input::number, static_cast<std::uint32_t>(from));
  out.add_sint64(tags::input::clock_ms, clock);
  out.add_uint32(tags::input::next_ordinal, user.history.next_ordinal(from));
  if (user.history.dropped_until(from) != no_time)
    out.add_sint64(tags::input::dropped_until_ms, user.history.dropped_until(from));
  const auto& segments = user.history.segments(from);
  if (segments.empty() || segments.back().is_full())
    return;
  pbf_writer tail(out, tags::input::tail);
  write_segment(tail, segments.back());
}

/// The instances of the core record in the order of their keys: the order in memory changes when
/// some of them are read back or spilled, and bytes must not.
std::vector<const instance*> core_instances(const rule_state& rule) {
  std::vector<const instance*> out;
  for (std::size_t i = 0; i < rule.in_core; ++i)
    out.push_back(rule.instances[i].get());
  std::sort(out.begin(), out.end(),
            [](const instance* a, const instance* b) { return a->key_text() < b->key_text(); });
  return out;
}

void write_cuts(pbf_writer& out, const rule_state& rule) {
  const auto add = [&](tags::tag tag, const history_cut& cut) {
    out.add_packed_uint32(tag, cut.begin(), cut.end());
  };
  if (rule.since != history_cut{})
    add(tags::rule::since, rule.since);
  if (rule.is_closed)
    add(tags::rule::closed_at, rule.closed_at);
  for (const auto& [from, to] : rule.gaps) {
    add(tags::rule::gaps, from);
    add(tags::rule::gaps, to);
  }
}

void write_rule(pbf_writer& parent, const rule_state& rule) {
  pbf_writer out(parent, tags::core::rule);
  out.add_string(tags::rule::id, rule.id);
  out.add_fixed64(tags::rule::version, rule.version);
  out.add_fixed64(tags::rule::aggregates, rule.aggregates);
  if (rule.counts_from != no_time)
    out.add_sint64(tags::rule::counts_from_ms, rule.counts_from);
  if (rule.judged_from != no_time)
    out.add_sint64(tags::rule::judged_from_ms, rule.judged_from);
  if (rule.base_at != no_time)
    out.add_sint64(tags::rule::base_at_ms, rule.base_at);
  out.add_uint32(tags::rule::inputs_seen, rule.inputs_seen);
  write_cuts(out, rule);
  if (rule.in_core == 1) { // The common case, without a list.
    pbf_writer each(out, tags::rule::instance);
    write_instance(each, *rule.instances.front());
    return;
  }
  for (const auto* one : core_instances(rule)) {
    pbf_writer each(out, tags::rule::instance);
    write_instance(each, *one);
  }
}

std::string encode_core(const user_state& user) {
  constexpr std::size_t usual_bytes = 512;
  std::string bytes;
  bytes.reserve(usual_bytes);
  bytes.push_back(tags::core_format);
  bytes.push_back(user.has_rows ? tags::has_more_rows_flag : '\0');
  pbf_writer out(bytes);
  for (std::size_t i = 0; i < schemas::event_input_count; ++i)
    write_input(out, user, static_cast<input>(i));
  if (user.is_joined)
    out.add_bool(tags::core::is_joined, true);
  for (const auto& zone : user.zones)
    out.add_string(tags::core::zone, zone.name);
  // Not by their place in a book, which changes.
  boost::container::small_vector<const rule_state*, 16> by_id;
  for (const auto& rule : user.rules)
    by_id.push_back(rule.get());
  std::sort(by_id.begin(), by_id.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  for (const auto* rule : by_id)
    write_rule(out, *rule);
  if (user.timer_at != no_time)
    out.add_sint64(tags::core::timer_at_ms, user.timer_at);
  if (user.erased_at != no_time)
    out.add_sint64(tags::core::erased_at_ms, user.erased_at);
  return bytes;
}

// -- rows of their own -----------------------------------------------------------------------

std::string encode_instance(const instance& one) {
  std::string bytes;
  pbf_writer out(bytes);
  write_instance(out, one);
  return bytes;
}

void add_segment_rows(user_state& user, std::vector<row>& rows) {
  for (std::size_t i = 0; i < schemas::event_input_count; ++i) {
    const auto from = static_cast<input>(i);
    for (auto& one : user.history.segments(from)) {
      if (one.is_stored || !one.is_full())
        continue;
      one.is_stored = true;
      std::string bytes;
      pbf_writer out(bytes);
      write_segment(out, one);
      rows.push_back({segment_key(user, from, one.first), std::move(bytes)});
    }
  }
  for (const auto& [from, first] : user.dead_segments)
    rows.push_back({segment_key(user, from, first), std::nullopt});
  user.dead_segments.clear();
}

/// Rows for what changed in large distinct sets; sets that have become large are made so.
void add_element_rows(user_state& user, rule_state& rule, instance& one, std::vector<row>& rows) {
  for (std::size_t i = 0; i < one.leaf_count; ++i) {
    auto& state = one.leaf(i);
    auto* set = state.detail ? std::get_if<distinct_set>(state.detail.get()) : nullptr;
    if (set == nullptr)
      continue;
    if (set->listed().size() > distinct_set::listed_max)
      set->make_large();
    if (!set->is_large())
      continue;
    const auto prefix = element_prefix(user, rule, one, i);
    for (const auto& changed : set->take_changes()) {
      row made{prefix + std::string(changed.what.data(), changed.what.size()), std::nullopt};
      if (changed.count != 0) {
        made.value.emplace();
        append_signed(*made.value, changed.count);
      }
      rows.push_back(std::move(made));
    }
  }
}

void add_instance_rows(user_state& user, std::vector<row>& rows) {
  for (const auto& [rule, one] : user.dirty_instances) {
    one->is_dirty = false;
    add_element_rows(user, *rule, *one, rows);
    rows.push_back({instance_key(user, *rule, *one), encode_instance(*one)});
  }
  user.dirty_instances.clear();
  for (const auto& rule : user.rules) {
    for (std::size_t i = 0; i < rule->in_core; ++i)
      add_element_rows(user, *rule, *rule->instances[i], rows);
  }
}

void add_outcome_row(user_state& user, std::vector<row>& rows) {
  if (!user.outcomes_dirty)
    return;
  user.outcomes_dirty = false;
  rows.push_back({outcomes_key(user), encode(user.outcomes)});
}

/// Rows of the timer index, which lies beside the rows of users.
void add_timer_rows(user_state& user, std::vector<row>& rows) {
  if (user.timer_at == user.stored_timer_at)
    return;
  if (user.stored_timer_at != no_time)
    rows.push_back(no_timer_row({{user.stored_timer_at}, user.user_id}));
  if (user.timer_at != no_time)
    rows.push_back(timer_row({{user.timer_at}, user.user_id}));
  user.stored_timer_at = user.timer_at;
}

/// Moves the largest instances out of the core record until it is small again.
void spill(user_state& user, std::size_t core_bytes, std::vector<row>& rows) {
  struct candidate {
    std::string bytes;
    rule_state* rule;
    instance* one;
  };
  std::vector<candidate> all;
  for (const auto& rule : user.rules) {
    for (std::size_t i = 0; i < rule->in_core; ++i) {
      auto* one = rule->instances[i].get();
      all.push_back({encode_instance(*one), rule.get(), one});
    }
  }
  std::sort(all.begin(), all.end(), [](const candidate& a, const candidate& b) {
    return std::make_tuple(b.bytes.size(), std::string_view(a.rule->id), a.one->key_text())
           < std::make_tuple(a.bytes.size(), std::string_view(b.rule->id), b.one->key_text());
  });
  for (auto& each : all) {
    if (core_bytes <= core_bytes_after_spill)
      break;
    core_bytes -= std::min(core_bytes, each.bytes.size());
    each.one->in_row = true;
    rows.push_back({instance_key(user, *each.rule, *each.one), std::move(each.bytes)});
  }
  for (const auto& rule : user.rules) {
    const auto stays = std::partition(rule->instances.begin(), rule->instances.end(),
                                      [](const auto& one) { return !one->in_row; });
    rule->in_core = static_cast<std::uint32_t>(stays - rule->instances.begin());
  }
}

} // namespace

std::string segment_key(const user_state& user, input from, std::uint32_t first) {
  auto key = user_prefix(user.user_id);
  key.push_back(tags::segment_row);
  key.push_back(static_cast<char>(from));
  put_u32be(key, first);
  return key;
}

std::string outcomes_key(const user_state& user) {
  auto key = user_prefix(user.user_id);
  key.push_back(tags::outcomes_row);
  return key;
}

std::string instance_key(const user_state& user, const rule_state& rule, const instance& one) {
  auto key = user_prefix(user.user_id);
  key.push_back(tags::instance_row);
  append_key_part(key, rule.id);
  key.append(one.key_text());
  return key;
}

void append_element_keys(const user_state& user, const rule_state& rule, const instance& one,
                         std::vector<std::string>& keys) {
  for (std::size_t i = 0; i < one.leaf_count; ++i) {
    const auto& state = one.leaf(i);
    const auto* set = state.detail ? std::get_if<distinct_set>(state.detail.get()) : nullptr;
    if (set == nullptr || !set->is_large())
      continue;
    const auto prefix = element_prefix(user, rule, one, i);
    for (const auto& member : set->all())
      keys.push_back(prefix + std::string(member.what.data(), member.what.size()));
  }
}

std::vector<row> take_changes(user_state& user) {
  if (!user.core_dirty)
    return {};
  user.core_dirty = false;
  std::vector<row> rows;
  for (auto& key : std::exchange(user.dead_keys, {}))
    rows.push_back({std::move(key), std::nullopt});
  add_segment_rows(user, rows);
  add_instance_rows(user, rows);
  add_outcome_row(user, rows);
  user.has_rows = user.has_rows || !rows.empty();
  auto core = encode_core(user);
  if (core.size() > core_bytes_max) {
    const auto others = rows.size();
    spill(user, core.size(), rows);
    if (rows.size() > others) {
      user.has_rows = true;
      core = encode_core(user);
    }
  }
  // A key may be both dropped and written again; what was added later is what holds.
  std::stable_sort(rows.begin(), rows.end(),
                   [](const row& a, const row& b) { return a.key < b.key; });
  user.is_stored = true;
  std::vector<row> out;
  out.push_back({core_key(user.user_id), std::move(core)});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + 1 == rows.size() || rows[i + 1].key != rows[i].key)
      out.push_back(std::move(rows[i]));
  }
  add_timer_rows(user, out);
  return out;
}

} // namespace laurel::state
