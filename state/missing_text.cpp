#include "state/missing_text.hpp"

#include "schemas/base/time.hpp"
#include "state/condition_text.hpp"
#include "state/judge.hpp"

#include <algorithm>
#include <array>

namespace laurel::state {

using rules::condition_node;
using rules::leaf_kind;
using rules::number_node;
using rules::window_kind;
using schemas::decimal;
using kind = condition_node::kind;

namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const auto& part : parts)
    out += (out.empty() ? std::string{} : std::string(between)) + part;
  return out;
}

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

bool is_whole(leaf_kind what) {
  return what == leaf_kind::count || what == leaf_kind::distinct || what == leaf_kind::streak;
}

} // namespace

std::string_view words_of(kind what) {
  switch (what) {
  case kind::ge:
    return "at least";
  case kind::gt:
    return "more than";
  case kind::le:
    return "at most";
  case kind::lt:
    return "less than";
  default:
    return "exactly";
  }
}

std::string_view relation_of(kind what) {
  switch (what) {
  case kind::ge:
  case kind::has:
    return "ge";
  case kind::gt:
    return "gt";
  case kind::le:
    return "le";
  case kind::lt:
    return "lt";
  case kind::eq:
    return "eq";
  default:
    return "holds";
  }
}

std::vector<std::string> missing_text::of(std::size_t index, bool is_wanted) const {
  if (values_.holds(index) == is_wanted)
    return {};
  const auto& node = rule_.when.conditions[index];
  switch (node.what) {
  case kind::all:
    return is_wanted ? of_all(node, true) : of_any(node, false);
  case kind::any:
    return is_wanted ? of_any(node, true) : of_all(node, false);
  case kind::at_least:
    return of_at_least(node, is_wanted);
  case kind::negate:
    return of(node.left, !is_wanted);
  default:
    return {of_leaf(index, is_wanted)};
  }
}

/// Every part has to be as wanted.
std::vector<std::string> missing_text::of_all(const condition_node& node, bool is_wanted) const {
  std::vector<std::string> out;
  for (const auto child : node.children) {
    auto part = of(child, is_wanted);
    std::move(part.begin(), part.end(), std::back_inserter(out));
  }
  return out;
}

/// One part has to be.
std::vector<std::string> missing_text::of_any(const condition_node& node, bool is_wanted) const {
  std::vector<std::string> ways;
  for (const auto child : node.children)
    ways.push_back(joined(of(child, is_wanted), " and "));
  return {joined(ways, ", or ")};
}

std::vector<std::string> missing_text::of_at_least(const condition_node& node,
                                                   bool is_wanted) const {
  std::vector<std::string> ways;
  for (const auto child : node.children) {
    if (values_.holds(child) != is_wanted)
      ways.push_back(joined(of(child, is_wanted), " and "));
  }
  const auto as_wanted = node.children.size() - ways.size();
  const auto needed = is_wanted ? node.left : node.children.size() - node.left + 1;
  return {std::to_string(needed - as_wanted) + " of these: " + joined(ways, "; ")};
}

std::string missing_text::of_leaf(std::size_t index, bool is_wanted) const {
  const auto& node = rule_.when.conditions[index];
  if (node.what == kind::has && is_wanted)
    return of_holding(index);
  if (node.what == kind::holds && is_wanted)
    return of_sequence(node.left);
  if (is_wanted)
    return of_comparison(node);
  if (node.what == kind::has)
    return text_of(rule_.holdings[node.left]) + " no longer";
  if (node.what == kind::holds)
    return "the " + text_of(rule_, rule_.leaves[node.left]) + " taken back";
  return number_text(rule_, node.left) + " no longer " + std::string(words_of(node.what)) + " "
         + number_text(rule_, node.right);
}

std::string missing_text::of_comparison(const condition_node& node) const {
  const auto left = values_.number(node.left);
  const auto right = values_.number(node.right);
  const auto& what = rule_.when.numbers[node.left];
  const bool wants_more = node.what == kind::ge || node.what == kind::gt;
  if (wants_more && right && what.what == number_node::kind::leaf) {
    const auto& leaf = rule_.leaves[what.left];
    auto missing = schemas::subtract(*right, left.value_or(decimal{}));
    if (missing && node.what == kind::gt && is_whole(leaf.kind))
      missing = schemas::add(*missing, decimal::from_integer(1));
    if (missing && (is_whole(leaf.kind) || leaf.kind == leaf_kind::sum))
      return of_aggregate(leaf, what.left, *missing)
             + (node.what == kind::gt && !is_whole(leaf.kind) ? ", and a little" : "");
  }
  return number_text(rule_, node.left) + " " + std::string(words_of(node.what)) + " "
         + (right ? right->text() : number_text(rule_, node.right)) + "; it is "
         + (left ? left->text() : "not there yet");
}

/// Of an aggregate that only grows by events: how much more of what, until when.
std::string missing_text::of_aggregate(const rules::leaf& leaf, std::size_t index,
                                       const decimal& missing) const {
  const auto of_types = types_text(rule_, leaf);
  switch (leaf.kind) {
  case leaf_kind::sum:
    return missing.text()
           + (leaf.currency ? " " + std::string(leaf.currency->text()) : std::string{})
           + " more of " + of_types + window(leaf);
  case leaf_kind::distinct:
    return missing.text() + " more different " + of_types + window(leaf);
  case leaf_kind::streak: {
    constexpr std::array<std::string_view, 5> units{"day", "week", "month", "quarter", "year"};
    const bool is_one = missing == decimal::from_integer(1);
    return missing.text() + " more " + std::string(units[static_cast<std::size_t>(leaf.unit)])
           + (is_one ? "" : "s") + " in a row with " + of_types + streak_deadline(index);
  }
  default:
    return missing.text() + " more " + of_types + window(leaf);
  }
}

std::string missing_text::of_holding(std::size_t index) const {
  const auto& query = rule_.holdings[rule_.when.conditions[index].left];
  const auto name = rules::name_for(query.name, key_parts(one_.key_text()));
  const auto missing = query.n - std::min(query.n, values_.held(index));
  auto out = std::to_string(missing) + " more "
             + (query.is_group ? (missing == 1 ? "badge of " : "badges of ") : "of the badge ")
             + name;
  if (query.n == 1 && !query.is_group)
    out = "the badge " + name;
  if (query.for_ms > 0)
    out += ", held for " + duration_text(query.for_ms);
  return out;
}

std::string missing_text::of_sequence(std::size_t leaf_index) const {
  const auto& leaf = rule_.leaves[leaf_index];
  const auto& terms = *leaf.sequence;
  const auto* detail = one_.leaf(leaf_index).detail.get();
  const auto* mine = detail != nullptr ? std::get_if<replayed>(detail) : nullptr;
  const sequence_run* best = nullptr;
  for (std::size_t i = 0; mine != nullptr && i < mine->head.sequence.runs.size(); ++i) {
    const auto& run = mine->head.sequence.runs[i];
    const bool is_over = terms.within_ms > 0 && run.matched < terms.steps.size()
                         && now_.at - run.at[0] > terms.within_ms;
    if (!is_over && (best == nullptr || run.matched > best->matched))
      best = &run;
  }
  const auto done = best != nullptr ? std::size_t{best->matched} : 0;
  if (done == terms.steps.size()) {
    const auto due = complete_at(mine->head.sequence, terms, now_.at);
    return "nothing that spoils the sequence"
           + (due ? " before " + to_rfc3339(schemas::event_time{*due}) : std::string{});
  }
  auto out = "step " + std::to_string(done + 1) + " of " + std::to_string(terms.steps.size())
             + " of the sequence: " + types(terms.steps[done].types);
  if (best != nullptr && terms.within_ms > 0)
    out += " by " + to_rfc3339(schemas::event_time{best->at[0] + terms.within_ms});
  return out;
}

std::string missing_text::window(const rules::leaf& leaf) const {
  switch (leaf.window) {
  case window_kind::calendar:
    return " before " + end_of_day_before(rules::period_end(now_.today, leaf.unit));
  case window_kind::last:
    return ", all within " + duration_text(leaf.last_ms);
  case window_kind::span:
    return leaf.to_ms == never ? std::string{}
                               : " before " + to_rfc3339(schemas::event_time{leaf.to_ms});
  case window_kind::since:
    return (leaf.since->for_ms > 0 ? " within " + duration_text(leaf.since->for_ms) + " after "
                                   : std::string(" after "))
           + types(leaf.since->types);
  default:
    return {};
  }
}

/// When the streak that has begun is broken.
std::string missing_text::streak_deadline(std::size_t leaf_index) const {
  const auto due = next_due(one_.leaf(leaf_index), rule_.leaves[leaf_index], now_);
  return due.day ? ", the next before " + end_of_day_before(*due.day) : std::string{};
}

/// The moment at which `day` begins, as people say it: "Sunday 24:00 Asia/Shanghai (2026-01-11)".
std::string missing_text::end_of_day_before(rules::day_number day) const {
  constexpr std::array<std::string_view, 7> names{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                  "Friday", "Saturday", "Sunday"};
  constexpr std::int64_t ms_per_minute = 60'000;
  constexpr std::int64_t minutes_per_hour = 60;
  const bool is_midnight = rule_.day_start_ms == 0;
  const auto shown = is_midnight ? day - 1 : day;
  const auto minutes = is_midnight ? 24 * minutes_per_hour : rule_.day_start_ms / ms_per_minute;
  return std::string(names[static_cast<std::size_t>(rules::day_of_week(shown) - 1)]) + " "
         + two_digits(minutes / minutes_per_hour) + ":" + two_digits(minutes % minutes_per_hour)
         + " " + std::string(zone_) + " (" + rules::date_text(shown) + ")";
}

std::string missing_text::types(std::uint64_t mask) const {
  std::string out;
  for (std::size_t i = 0; i < rule_.on.size(); ++i) {
    if ((mask >> i & 1U) != 0)
      out += (out.empty() ? "" : " or ") + rule_.on[i].name;
  }
  return out;
}

} // namespace laurel::state
