#include "state/instance_codec.hpp"
#include "state/user_tags.hpp"

#include <protozero/varint.hpp>

#include <iterator>

namespace laurel::state {

using protozero::pbf_writer;

namespace {

// -- leaves ------------------------------------------------------------------------------

void write_number(pbf_writer& out, const wide_number& number, tags::tag plain, tags::tag wide) {
  const auto fits = number.fitting();
  const auto short_number = fits ? static_cast<std::int64_t>(*fits) : 0;
  if (fits && short_number == *fits) {
    out.add_sint64(plain, short_number);
    return;
  }
  std::string limbs;
  for (int i = 0; i < 3; ++i) {
    for (int shift = 0; shift < 64; shift += 8)
      limbs.push_back(static_cast<char>(number.limb(i) >> shift & 0xffU));
  }
  out.add_bytes(wide, limbs);
}

/// Members in ascending order: their bytes without padding, and their counts.
std::string listed(const distinct_set& set) {
  std::string out;
  for (const auto& one : set.listed()) {
    const auto length = static_cast<unsigned char>(one.what[0]);
    const auto bytes = length < one.what.size() ? length + std::size_t{1} : one.what.size();
    out.append(one.what.data(), bytes);
    append_signed(out, one.count);
  }
  return out;
}

void write_buckets(pbf_writer& out, tags::tag tag, const bucket_list& buckets) {
  for (const auto& one : buckets) {
    pbf_writer each(out, tag);
    each.add_sint32(tags::bucket::period, one.period);
    write_number(each, one.what.number, tags::bucket::number, tags::bucket::wide_number);
    if (!one.what.elements.is_empty())
      each.add_bytes(tags::bucket::elements, listed(one.what.elements));
    if (one.what.count != 0)
      each.add_sint64(tags::bucket::count, one.what.count);
    if (one.what.best) {
      wide_number number;
      number.add(one.what.best->number);
      each.add_sint64(tags::bucket::best_at_ms, one.what.best->at);
      write_number(each, number, tags::bucket::best, tags::bucket::wide_best);
    }
  }
}

void write_trace(pbf_writer& parent, tags::tag tag, const trace& one) {
  if (one.is_empty())
    return;
  pbf_writer out(parent, tag);
  if (one.anchor)
    out.add_sint64(tags::trace::anchor_ms, *one.anchor);
  write_buckets(out, tags::trace::bucket, one.buckets);
  if (one.sequence.is_complete)
    out.add_bool(tags::trace::is_complete, true);
  for (const auto& run : one.sequence.runs) {
    pbf_writer each(out, tags::trace::run);
    each.add_bytes(tags::run::same, run.same.data(), run.same.size());
    each.add_packed_sint64(tags::run::at_ms, run.at.begin(), run.at.begin() + run.matched);
  }
}

/// What `of` says of each unit, where that is not 0.
template <class Member>
std::string listed_units(const streak_units& streak, Member of) {
  std::string out;
  std::int64_t previous = 0;
  for (const auto& one : streak.units) {
    if (one.*of == 0)
      continue;
    append_signed(out, one.number - previous);
    append_signed(out, one.*of);
    previous = one.number;
  }
  return out;
}

void write_streak(pbf_writer& out, const streak_units& streak) {
  out.add_bytes(tags::leaf::days, listed_units(streak, &streak_units::unit::count));
  const auto freezes = listed_units(streak, &streak_units::unit::freezes);
  if (!freezes.empty())
    out.add_bytes(tags::leaf::freezes, freezes);
  write_buckets(out, tags::leaf::unit, streak.tallies);
  const auto& walked = streak.walked;
  if (!walked.has_begun)
    return;
  if (walked.length > 0 && walked.bank == 0 && walked.longest == 0) { // The plain streak.
    const auto first = static_cast<std::int32_t>(walked.through - walked.length + 1);
    const std::int32_t run[] = {first, walked.through};
    out.add_packed_sint32(tags::leaf::run, std::begin(run), std::end(run));
  } else {
    const std::int64_t walk[] = {walked.through, walked.length, walked.bank, walked.longest};
    out.add_packed_sint64(tags::leaf::walk, std::begin(walk), std::end(walk));
  }
}

/// Whether nothing of `detail` is stored. A message without fields would not be written at all.
bool stores_nothing(const leaf_detail& detail) {
  if (const auto* calendar = std::get_if<calendar_buckets>(&detail))
    return calendar->buckets.empty();
  if (const auto* mine = std::get_if<replayed>(&detail))
    return mine->base.is_empty() && mine->head.is_empty();
  return std::holds_alternative<sliding_points>(detail);
}

void write_leaf(pbf_writer& parent, const leaf_state& state) {
  pbf_writer out(parent, tags::instance::leaf);
  const auto* detail = state.detail.get();
  if (detail == nullptr) {
    write_number(out, state.number, tags::leaf::number, tags::leaf::wide_number);
    return;
  }
  if (stores_nothing(*detail))
    out.add_sint64(tags::leaf::number, 0);
  if (const auto* set = std::get_if<distinct_set>(detail)) {
    if (set->is_large())
      out.add_bool(tags::leaf::large_elements, true);
    else
      out.add_bytes(tags::leaf::elements, listed(*set));
  } else if (const auto* calendar = std::get_if<calendar_buckets>(detail)) {
    write_buckets(out, tags::leaf::bucket, calendar->buckets);
  } else if (const auto* mine = std::get_if<replayed>(detail)) {
    write_trace(out, tags::leaf::base, mine->base);
    write_trace(out, tags::leaf::head, mine->head);
  } else if (const auto* streak = std::get_if<streak_units>(detail)) {
    write_streak(out, *streak);
  }
}

// -- instances ---------------------------------------------------------------------------

std::uint64_t to_number(const schemas::log_place& where) {
  return static_cast<std::uint64_t>(where.offset) * schemas::input_count
         + static_cast<std::uint64_t>(where.from);
}

void write_grant(pbf_writer& parent, const grant& one) {
  pbf_writer out(parent, tags::instance::grant);
  out.add_uint32(tags::grant::n, one.n);
  out.add_uint32(tags::grant::revision, one.revision);
  out.add_uint32(tags::grant::state, (one.stands ? tags::grant::stands : 0)
                                       | (one.told ? tags::grant::told : 0)
                                       | (one.is_pinned ? tags::grant::pinned : 0));
  out.add_sint64(tags::grant::granted_at_ms, one.granted_at);
  out.add_string(tags::grant::cause, one.cause);
  if (one.end != ending::none) {
    out.add_sint64(tags::grant::ended_at_ms, one.ended_at);
    out.add_string(tags::grant::end_cause, one.end_cause);
  }
  out.add_string(tags::grant::badge, one.badge);
  out.add_fixed64(tags::grant::version, one.version);
  if (one.judged_by != one.version)
    out.add_fixed64(tags::grant::judged_by, one.judged_by);
  out.add_sint64(tags::grant::recorded_at_ms, one.recorded_at);
  if (one.told_by.is_known())
    out.add_uint64(tags::grant::told_by, to_number(one.told_by));
  if (one.end == ending::expired)
    out.add_bool(tags::grant::has_expired, true);
  if (one.end == ending::redeemed || one.end == ending::recalled)
    out.add_uint32(tags::grant::how, static_cast<std::uint32_t>(one.end));
  if (one.notified != 0)
    out.add_uint32(tags::grant::notified, one.notified);
  if (one.owed) {
    out.add_sint64(tags::grant::debt_at_ms, one.owed->at);
    out.add_string(tags::grant::debt_cause, one.owed->cause);
  }
  if (one.expires_at != no_time)
    out.add_sint64(tags::grant::expires_at_ms, one.expires_at);
  if (one.unclaimed_at != no_time && one.end != ending::revoked)
    out.add_sint64(tags::grant::unclaimed_at_ms, one.unclaimed_at);
  if (one.zone != rules::no_zone)
    out.add_uint32(tags::grant::zone, one.zone);
  if (one.end_zone != rules::no_zone)
    out.add_uint32(tags::grant::end_zone, one.end_zone);
}

void write_order(pbf_writer& parent, const order& one) {
  pbf_writer out(parent, tags::instance::order);
  out.add_uint32(tags::order::n, one.n);
  out.add_uint32(tags::order::how, static_cast<std::uint32_t>(one.how));
  out.add_sint64(tags::order::at_ms, one.at);
  if (one.expires_at != no_time)
    out.add_sint64(tags::order::expires_at_ms, one.expires_at);
  out.add_string(tags::order::cause, one.cause);
}

void write_debt(pbf_writer& parent, const debt_span& one) {
  pbf_writer out(parent, tags::instance::debt);
  out.add_uint32(tags::debt::n, one.n);
  out.add_sint64(tags::debt::from_ms, one.from);
  if (one.to != no_time)
    out.add_sint64(tags::debt::to_ms, one.to);
  out.add_string(tags::debt::cause, one.cause);
}

void write_rare(pbf_writer& out, const rare_state& rare) {
  for (const auto& each : rare.orders)
    write_order(out, each);
  for (const auto& each : rare.debts)
    write_debt(out, each);
}

void write_dips(pbf_writer& out, const std::vector<dip>& all) {
  std::vector<std::int64_t> times;
  for (const auto& one : all) {
    times.push_back(one.from);
    if (one.to != no_time)
      times.push_back(one.to);
  }
  out.add_packed_sint64(tags::instance::dips, times.begin(), times.end());
}

} // namespace

void write_instance(pbf_writer& out, const instance& one) {
  if (one.key)
    out.add_bytes(tags::instance::key, *one.key);
  if (one.last_at != no_time)
    out.add_sint64(tags::instance::last_at_ms, one.last_at);
  if (one.zone != rules::no_zone)
    out.add_uint32(tags::instance::zone, one.zone);
  for (std::size_t i = 0; i < one.leaf_count; ++i)
    write_leaf(out, one.leaf(i));
  if (one.born_at != no_time)
    out.add_sint64(tags::instance::born_at_ms, one.born_at);
  if (one.dips)
    write_dips(out, *one.dips);
  if (one.rare)
    write_rare(out, *one.rare);
  if (!one.grants)
    return;
  for (const auto& each : *one.grants)
    write_grant(out, each);
}

void append_signed(std::string& out, std::int64_t value) {
  protozero::write_varint(std::back_inserter(out), protozero::encode_zigzag64(value));
}

} // namespace laurel::state
