#include "state/tally.hpp"

#include <algorithm>

namespace laurel::state {

using rules::leaf_kind;
using schemas::decimal;

bool is_extreme(leaf_kind kind) {
  return kind == leaf_kind::min || kind == leaf_kind::max || kind == leaf_kind::first
         || kind == leaf_kind::last;
}

bool reads_numbers(leaf_kind kind) {
  return kind == leaf_kind::sum || kind == leaf_kind::average || is_extreme(kind);
}

bool takes_place(leaf_kind kind, const extreme& next, const extreme& now) {
  switch (kind) {
  case leaf_kind::min:
    return next.number < now.number;
  case leaf_kind::max:
    return next.number > now.number;
  case leaf_kind::first:
    return next.at < now.at;
  default:
    return next.at >= now.at; // Events come by time, then id: of equal times the last one counts.
  }
}

void fold(tally& into, leaf_kind kind, const contribution& what, int sign, std::int64_t at) {
  if (kind == leaf_kind::distinct) {
    for (const auto& one : what.elements)
      into.elements.add(one, sign);
  } else if (is_extreme(kind)) {
    const extreme next{at, what.number};
    if (!into.best || takes_place(kind, next, *into.best))
      into.best = next;
  } else {
    into.number.add(sign * what.number);
    into.count += kind == leaf_kind::average ? sign : 0;
  }
}

namespace {

bool is_before(const bucket& one, std::int32_t period) {
  return one.period < period;
}

} // namespace

bucket& bucket_for(bucket_list& list, std::int32_t period) {
  auto at = std::lower_bound(list.begin(), list.end(), period, is_before);
  if (at == list.end() || at->period != period) {
    at = list.emplace(at);
    at->period = period;
  }
  return *at;
}

const bucket* find_bucket(const bucket_list& list, std::int32_t period) {
  for (auto at = list.rbegin(); at != list.rend(); ++at) { // Nearly always the last.
    if (at->period == period)
      return &*at;
  }
  return nullptr;
}

void drop_before(bucket_list& list, std::int32_t period) {
  list.erase(list.begin(), std::lower_bound(list.begin(), list.end(), period, is_before));
}

std::optional<decimal> value_of(const tally* from, leaf_kind kind) {
  static const tally nothing;
  const auto& what = from != nullptr ? *from : nothing;
  if (kind == leaf_kind::distinct)
    return decimal::from_integer(static_cast<std::int64_t>(what.elements.size()));
  if (is_extreme(kind))
    return what.best ? std::optional(decimal::from_units(what.best->number)) : std::nullopt;
  return number_value(what.number, what.count, kind);
}

std::optional<decimal> number_value(const wide_number& number, std::int64_t count, leaf_kind kind) {
  const auto fits = kind == leaf_kind::average ? number.divided_by(count) : number.fitting();
  if (!fits)
    return std::nullopt;
  return kind == leaf_kind::count ? decimal::from_integer(static_cast<std::int64_t>(*fits))
                                  : decimal::from_units(*fits);
}

} // namespace laurel::state
