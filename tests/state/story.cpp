#include "tests/state/story.hpp"

#include "state/rules/compiled_rule.hpp"
#include "state/user_store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>

namespace laurel::tests {

told checkin(const std::string& id, std::int64_t at) {
  return {id, "checkin", at};
}

told take_back(const std::string& id, std::int64_t at, const std::string& original) {
  told out{id, "undo", at};
  out.retracts = original;
  return out;
}

using state::rules::active_rules;

namespace {

schemas::value borrowed(const told_value& what) {
  if (const auto* flag = std::get_if<bool>(&what))
    return *flag;
  if (const auto* number = std::get_if<std::int64_t>(&what))
    return schemas::decimal::from_integer(*number);
  return std::string_view(std::get<std::string>(what));
}

schemas::currency currency_of(const std::string& code) {
  schemas::currency out;
  REQUIRE(code.size() == out.code.size());
  std::copy(code.begin(), code.end(), out.code.begin());
  return out;
}

} // namespace

active_rules rules_from(const std::vector<std::pair<std::string, std::int64_t>>& documents) {
  std::vector<std::shared_ptr<const state::rules::compiled_rule>> rules;
  std::map<std::string, std::int64_t, std::less<>> begins;
  active_rules out;
  for (const auto& [document, from] : documents) {
    const auto compiled = state::rules::compile_rule(document);
    for (const auto& fault : compiled.faults)
      FAIL(document << ": " << fault.path << ": " << fault.message);
    rules.push_back(compiled.rule);
    begins[state::rules::id_of(*compiled.rule)] = from;
  }
  out.book = std::make_shared<const state::rules::rule_book>(std::move(rules));
  for (const auto& each : out.book->rules()) // A book may make two of one.
    out.effective_from.push_back(
      {begins.find(state::rules::document_id(state::rules::id_of(*each)))->second});
  return out;
}

active_rules rules_of(const std::vector<std::string>& documents) {
  std::vector<std::pair<std::string, std::int64_t>> all;
  for (const auto& document : documents)
    all.emplace_back(document, schemas::event_time::lowest().ms);
  return rules_from(all);
}

event_list::event_list(const std::vector<told>& all, const state::rules::rule_book& book)
    : told_(all.begin(), all.end()) {
  for (const auto& one : told_) {
    auto& fields = fields_.emplace_back();
    for (const auto& [path, what] : one.attributes) {
      if (const auto slot = book.reads().slot_of(path))
        fields.push_back({*slot, borrowed(what)});
    }
    std::stable_sort(fields.begin(), fields.end(),
                     [](const auto& a, const auto& b) { return a.slot < b.slot; });
    auto& event = events_.emplace_back();
    event.id = one.id;
    event.user_id = "ann";
    event.type = one.type;
    event.at = {one.at};
    event.recorded_at = {one.recorded_at < 0 ? one.at : one.recorded_at};
    event.from = one.from;
    event.offset = one.offset;
    event.zone = one.zone;
    event.retracts = one.retracts;
    if (one.cents)
      event.amount = schemas::money{*one.cents, currency_of(one.currency)};
    event.fields = fields;
  }
  for (const auto& event : events_)
    pointers_.push_back(&event);
}

void fold_into(folded& all, const std::vector<schemas::decision>& decisions) {
  for (const auto& one : decisions) {
    const auto known = all.find(one.grant_id);
    if (known == all.end())
      CHECK_MESSAGE((one.revision == 1 && one.kind == schemas::decision_kind::granted),
                    "the first record of a grant says that it is granted");
    else
      CHECK(one.revision == known->second.revision + 1);
    all[one.grant_id] = one;
  }
}

std::vector<std::string> lines_of(const folded& all) {
  std::vector<std::string> out;
  for (const auto& [id, one] : all) {
    if (one.kind == schemas::decision_kind::withdrawn)
      continue;
    std::string line = one.rule_id + " " + one.badge_id + " [";
    for (const auto& part : one.key)
      line += part + ",";
    line +=
      "] " + std::to_string(one.n) + " " + std::to_string(one.granted_at.ms) + " " + one.cause;
    if (one.revoked_at)
      line += " until " + std::to_string(one.revoked_at->ms) + " " + one.revoke_cause;
    out.push_back(std::move(line));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::int64_t ms(const std::string& text) {
  const auto at = schemas::parse_rfc3339(text);
  REQUIRE(at.has_value());
  return at->ms;
}

state::evaluation story::tell(const std::vector<told>& events) {
  const event_list made(events, *rules_.book);
  auto out = machine_.apply(made.events(), rules_, horizon_);
  CHECK(out.fates.size() == events.size());
  fold_into(folded_, out.decisions);
  return out;
}

state::evaluation story::advance(std::int64_t to) {
  auto out = machine_.advance({{to}, {to}}, rules_, horizon_);
  fold_into(folded_, out.decisions);
  return out;
}

state::command_outcome story::ask(schemas::command what) {
  what.user_id = "ann";
  schemas::event event;
  event.id = what.id;
  event.user_id = what.user_id;
  event.at = event.recorded_at = what.at;
  event.from = schemas::input::command;
  event.order = &what;
  const std::vector<const schemas::event*> events{&event};
  const auto out = machine_.apply(events, rules_, horizon_);
  REQUIRE(out.fates.size() == 1);
  last_was_repeat_ = out.fates.front() == state::event_fate::duplicate;
  fold_into(folded_, out.decisions);
  if (out.erased)
    rows_[state::erased_key("ann", erasure_secret)] = encode(*out.erased);
  reload();
  const auto view = state::view_user("ann", row_list(), rules_);
  REQUIRE(view.has_value());
  const auto found = std::find_if(view->commands.begin(), view->commands.end(),
                                  [&](const auto& each) { return each.id == what.id; });
  REQUIRE(found != view->commands.end());
  return *found;
}

bool story::is_repeat(const schemas::command& what) {
  ask(what);
  return last_was_repeat_;
}

void story::store() {
  for (const auto& row : machine_.changes()) {
    ++rows_written_;
    if (row.value)
      rows_[row.key] = *row.value;
    else
      rows_.erase(row.key);
  }
}

std::vector<state::row> story::row_list() const {
  std::vector<state::row> rows;
  for (const auto& [key, value] : rows_) {
    const bool is_nobodys = state::timer_of(key) || state::is_erased_key(key);
    if (!is_nobodys)
      rows.push_back({key, value});
  }
  const auto erased = rows_.find(state::erased_key("ann", erasure_secret));
  if (rows.empty() && erased != rows_.end())
    rows.push_back({erased->first, erased->second});
  return rows;
}

std::optional<std::int64_t> story::timer() const {
  std::optional<std::int64_t> out;
  for (const auto& [key, value] : rows_) {
    const auto found = state::timer_of(key);
    if (!found)
      continue;
    CHECK(!out); // A user has one.
    CHECK(found->user_id == "ann");
    out = found->due.ms;
  }
  CHECK((machine_.timer() ? std::optional(machine_.timer()->ms) : std::nullopt) == out);
  return out;
}

void story::reload() {
  store();
  const auto rows = row_list();
  if (rows.size() > 1)
    CHECK(state::has_more_rows(rows_.at(state::core_key("ann"))));
  auto loaded = state::user_machine::load("ann", rows);
  REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
  machine_ = std::move(*loaded);
}

} // namespace laurel::tests
