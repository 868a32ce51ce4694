#include "state/instance_codec.hpp"
#include "state/user_tags.hpp"

#include <protozero/varint.hpp>

#include <algorithm>
#include <iterator>

namespace laurel::state {

using protozero::pbf_reader;

namespace {

std::string_view text(pbf_reader& in) {
  const auto view = in.get_view();
  return {view.data(), view.size()};
}

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

extreme& best_of(bucket& one) {
  return one.what.best ? *one.what.best : one.what.best.emplace();
}

schemas::int128 as_int128(const wide_number& number) {
  const auto fits = number.fitting();
  demand(fits.has_value(), "an extreme has at most 128 bits");
  return *fits;
}

bucket read_bucket(pbf_reader in) {
  bucket out;
  while (in.next()) {
    switch (in.tag()) {
    case tags::bucket::period:
      out.period = in.get_sint32();
      break;
    case tags::bucket::number:
      out.what.number = plain_number(in.get_sint64());
      break;
    case tags::bucket::wide_number:
      out.what.number = read_wide(text(in));
      break;
    case tags::bucket::elements:
      read_elements(text(in), out.what.elements);
      break;
    case tags::bucket::count:
      out.what.count = in.get_sint64();
      break;
    case tags::bucket::best_at_ms:
      best_of(out).at = in.get_sint64();
      break;
    case tags::bucket::best:
      best_of(out).number = in.get_sint64();
      break;
    case tags::bucket::wide_best:
      best_of(out).number = as_int128(read_wide(text(in)));
      break;
    default:
      in.skip();
    }
  }
  return out;
}

sequence_run read_sequence_run(pbf_reader in) {
  sequence_run out;
  while (in.next()) {
    if (in.tag() == tags::run::same) {
      const auto bytes = text(in);
      demand(bytes.size() == out.same.size(), "an element is cut");
      std::copy(bytes.begin(), bytes.end(), out.same.begin());
    } else if (in.tag() == tags::run::at_ms) {
      for (const auto at : in.get_packed_sint64()) {
        demand(out.matched < out.at.size(), "a run of too many steps");
        out.at[out.matched++] = at;
      }
    } else {
      in.skip();
    }
  }
  return out;
}

trace read_trace(pbf_reader in) {
  trace out;
  while (in.next()) {
    switch (in.tag()) {
    case tags::trace::anchor_ms:
      out.anchor = in.get_sint64();
      break;
    case tags::trace::bucket:
      out.buckets.push_back(read_bucket(in.get_message()));
      break;
    case tags::trace::is_complete:
      out.sequence.is_complete = in.get_bool();
      break;
    case tags::trace::run:
      out.sequence.runs.push_back(read_sequence_run(in.get_message()));
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

void read_units(std::string_view bytes, streak_units& state, bool are_freezes) {
  byte_reader in(bytes);
  std::int64_t number = 0;
  while (!in.at_end()) {
    number += in.number();
    const auto sought = static_cast<std::int32_t>(number);
    auto at = std::lower_bound(
      state.units.begin(), state.units.end(), sought,
      [](const streak_units::unit& one, std::int32_t other) { return one.number < other; });
    if (at == state.units.end() || at->number != sought)
      at = state.units.insert(at, {sought, 0, 0});
    (are_freezes ? at->freezes : at->count) = static_cast<std::int32_t>(in.number());
  }
}

streak_walk read_run(pbf_reader& in) {
  const auto run = in.get_packed_sint32();
  demand(std::distance(run.begin(), run.end()) == 2, "a run has two ends");
  const auto last = *std::next(run.begin());
  return {true, last, std::int64_t{last} - *run.begin() + 1, 0, 0};
}

streak_walk read_walk(pbf_reader& in) {
  const auto packed = in.get_packed_sint64();
  const std::vector<std::int64_t> walk(packed.begin(), packed.end());
  demand(walk.size() == 4, "a walk has four numbers");
  return {true, static_cast<std::int32_t>(walk[0]), walk[1], walk[2], walk[3]};
}

} // namespace

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
    case tags::leaf::base:
      detail_of<replayed>(out).base = read_trace(in.get_message());
      break;
    case tags::leaf::head:
      detail_of<replayed>(out).head = read_trace(in.get_message());
      break;
    case tags::leaf::days:
      read_units(text(in), detail_of<streak_units>(out), false);
      break;
    case tags::leaf::freezes:
      read_units(text(in), detail_of<streak_units>(out), true);
      break;
    case tags::leaf::unit:
      detail_of<streak_units>(out).tallies.push_back(read_bucket(in.get_message()));
      break;
    case tags::leaf::run:
      detail_of<streak_units>(out).walked = read_run(in);
      break;
    case tags::leaf::walk:
      detail_of<streak_units>(out).walked = read_walk(in);
      break;
    default:
      in.skip();
    }
  }
  return out;
}

distinct_set& set_of(leaf_state& state) {
  return detail_of<distinct_set>(state);
}

std::int64_t read_signed(std::string_view bytes) {
  return byte_reader(bytes).number();
}

} // namespace laurel::state
