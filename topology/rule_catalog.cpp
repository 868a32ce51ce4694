#include "topology/rule_catalog.hpp"

#include "state/rules/rule_book.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace laurel::topology {

namespace {

using actors::catalog_view;
using api::rule_stage;
using schemas::errc;
using schemas::failure;
using schemas::result;
using state::rules::compiled_rule;
using rule_head = catalog_view::rule_head;

constexpr std::chrono::milliseconds view_pause{5};
constexpr int view_looks_max = 400; // Two seconds.

std::int64_t wall_clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

tl::unexpected<schemas::error> no_rule(const std::string& id) {
  return failure(errc::not_found, "there is no rule \"" + id + "\"");
}

std::string text_of(rule_head::stage at) {
  return at == rule_head::stage::active  ? "active"
         : at == rule_head::stage::draft ? "draft"
                                         : "retired";
}

/// The version comes into force; what was so is remembered.
rule_head activated(rule_head head, const std::string& version) {
  if (head.at != rule_head::stage::draft && !head.version.empty() && head.version != version) {
    std::erase(head.before, head.version);
    head.before.insert(head.before.begin(), head.version);
  }
  std::erase(head.before, version);
  if (head.before.size() > rule_catalog::before_max)
    head.before.resize(rule_catalog::before_max);
  head.version = version;
  head.at = rule_head::stage::active;
  if (head.shadow == version)
    head.shadow.clear();
  return head;
}

/// The version is tried, or is only there. Of a rule that was never in force it is the draft.
rule_head stored_as(rule_head head, const std::string& version, rule_stage as) {
  if (head.version.empty() || head.at == rule_head::stage::draft) {
    head.version = version;
    head.at = rule_head::stage::draft;
  }
  if (as == rule_stage::shadow && head.shadow != version) {
    head.shadow = version;
    head.shadow_since_ms = wall_clock_ms();
  }
  return head;
}

} // namespace

result<api::publish_outcome> rule_catalog::publish(const std::string& document, rule_stage as) {
  auto compiled = state::rules::compile_rule(document);
  if (compiled.rule != nullptr) {
    const std::lock_guard lock{mutex_};
    return put(compiled.rule, as);
  }
  api::publish_outcome outcome;
  outcome.faults = std::move(compiled.faults);
  return outcome;
}

result<api::publish_outcome> rule_catalog::put(const rule_pointer& rule, rule_stage as) {
  api::publish_outcome outcome;
  outcome.id = id_of(*rule);
  outcome.version = version_of(*rule);
  if (as != rule_stage::draft)
    outcome.faults = faults_beside_others(rule);
  if (!outcome.faults.empty())
    return outcome;
  const auto before = find_head(outcome.id).value_or(rule_head{});
  if (as == rule_stage::shadow && before.is_active() && before.version == outcome.version)
    return failure(errc::refused, "version " + outcome.version + " of \"" + outcome.id
                                    + "\" is in force: there is nothing to try");
  const auto now = as == rule_stage::active ? activated(before, outcome.version)
                                            : stored_as(before, outcome.version, as);
  const bool is_stored = stored(outcome.id, outcome.version) != nullptr;
  if (is_stored && now == before)
    return outcome;
  if (auto done = write(outcome.id, now, is_stored ? nullptr : rule.get()); !done)
    return tl::unexpected(done.error());
  outcome.changed = true;
  return outcome;
}

/// What is wrong with the active rules once `rule` is among them, and was not before.
std::vector<state::rules::rule_fault>
rule_catalog::faults_beside_others(const rule_pointer& rule) const {
  std::vector<rule_pointer> rules;
  look_([&](const catalog_view& view) {
    const auto book = view.book();
    for (const auto& each : book->rules()) {
      if (state::rules::document_id(id_of(*each)) != id_of(*rule))
        rules.push_back(each);
    }
  });
  const auto before = conflicts(rules);
  rules.push_back(rule);
  auto faults = conflicts(rules);
  std::erase_if(faults, [&](const auto& fault) {
    return std::any_of(before.begin(), before.end(),
                       [&](const auto& known) { return known.message == fault.message; });
  });
  return faults;
}

std::optional<rule_head> rule_catalog::find_head(const std::string& id) const {
  std::optional<rule_head> found;
  look_([&](const catalog_view& view) {
    if (const auto at = view.heads().find(id); at != view.heads().end())
      found = at->second;
  });
  return found;
}

rule_catalog::rule_pointer rule_catalog::stored(const std::string& id,
                                                const std::string& version) const {
  rule_pointer found;
  look_([&](const catalog_view& view) { found = view.rule(id, version); });
  return found;
}

result<rule_head> rule_catalog::head(const std::string& id) const {
  auto found = find_head(id);
  if (!found)
    return no_rule(id);
  return std::move(*found);
}

result<rule_catalog::rule_pointer> rule_catalog::version_meant(const std::string& id,
                                                               const std::string& version) const {
  const auto known = head(id);
  if (!known)
    return tl::unexpected(known.error());
  auto wanted = version;
  if (wanted.empty())
    wanted = !known->shadow.empty()                 ? known->shadow
             : known->at == rule_head::stage::draft ? known->version
                                                    : "";
  if (wanted.empty())
    return failure(errc::not_found, "nothing of \"" + id
                                      + "\" is tried or a draft: name the version; `laurel rules "
                                        "versions "
                                      + id + "` lists them");
  std::vector<rule_pointer> found;
  look_([&](const catalog_view& view) {
    for (const auto& each : view.versions_of(id)) {
      if (each.version.starts_with(wanted))
        found.push_back(each.rule);
    }
  });
  if (found.empty())
    return failure(errc::not_found, "\"" + id + "\" has no version " + wanted);
  if (found.size() > 1)
    return failure(errc::bad_input,
                   std::to_string(found.size()) + " versions begin with " + wanted);
  return found.front();
}

result<api::publish_outcome> rule_catalog::activate(const std::string& id,
                                                    const std::string& version) {
  const std::lock_guard lock{mutex_};
  const auto meant = version_meant(id, version);
  if (!meant)
    return tl::unexpected(meant.error());
  return put(*meant, rule_stage::active);
}

result<api::publish_outcome> rule_catalog::roll_back(const std::string& id) {
  const std::lock_guard lock{mutex_};
  const auto known = head(id);
  if (!known)
    return tl::unexpected(known.error());
  if (known->before.empty())
    return failure(errc::not_found, "no version of \"" + id + "\" was in force before this one");
  const auto before = stored(id, known->before.front());
  if (before == nullptr)
    return failure(errc::not_found, "version " + known->before.front() + " of \"" + id
                                      + "\" is not stored any more");
  return put(before, rule_stage::active);
}

result<void> rule_catalog::end_trial(const std::string& id) {
  const std::lock_guard lock{mutex_};
  auto known = head(id);
  if (!known)
    return tl::unexpected(known.error());
  if (known->shadow.empty())
    return failure(errc::not_found, "no version of \"" + id + "\" is tried");
  known->shadow.clear();
  return write(id, *known, nullptr);
}

result<void> rule_catalog::retire(const std::string& id) {
  const std::lock_guard lock{mutex_};
  auto known = head(id);
  if (!known)
    return tl::unexpected(known.error());
  if (known->at == rule_head::stage::retired && known->shadow.empty())
    return {};
  known->at = rule_head::stage::retired;
  known->shadow.clear();
  return write(id, *known, nullptr);
}

result<void> rule_catalog::write(const std::string& id, const rule_head& head,
                                 const compiled_rule* document) {
  std::vector<std::pair<std::string, std::string>> records;
  if (document != nullptr) // Before its head, so that no head names what is not there.
    records.emplace_back(actors::rule_document_key(id, version_of(*document)),
                         document_of(*document));
  records.emplace_back(actors::rule_head_key(id), actors::rule_head_value(head));
  if (auto done = log_.append(records); !done)
    return done;
  wait_for_view([&] { return find_head(id) == head; });
  return {};
}

std::vector<api::rule_summary> rule_catalog::list() const {
  std::vector<api::rule_summary> rules;
  look_([&](const catalog_view& view) {
    for (const auto& [id, head] : view.heads()) {
      const auto rule = view.rule(id, head.version);
      rules.push_back({id, head.version, rule == nullptr ? "broken" : text_of(head.at),
                       rule == nullptr ? "" : document_of(*rule), head.shadow});
    }
  });
  return rules;
}

result<std::vector<api::rule_version>> rule_catalog::versions(const std::string& id) const {
  const auto known = head(id);
  if (!known)
    return tl::unexpected(known.error());
  std::vector<api::rule_version> all;
  look_([&](const catalog_view& view) {
    for (const auto& each : view.versions_of(id)) {
      const bool was_active =
        std::find(known->before.begin(), known->before.end(), each.version) != known->before.end();
      const auto state = each.version == known->shadow    ? "shadow"
                         : each.version == known->version ? text_of(known->at)
                         : was_active                     ? "retired"
                                                          : "draft";
      all.push_back({each.version, state, document_of(*each.rule)});
    }
  });
  return all;
}

void wait_for_view(const std::function<bool()>& is_told) {
  for (int i = 0; i < view_looks_max && !is_told(); ++i) {
    if (i > 0)
      std::this_thread::sleep_for(view_pause);
  }
}

std::size_t active_rules(const catalog_view& catalog) {
  return static_cast<std::size_t>(std::ranges::count_if(catalog.heads(), [&](const auto& each) {
    const auto& [id, head] = each;
    return head.is_active() && catalog.rule(id, head.version) != nullptr;
  }));
}

followed_catalog::~followed_catalog() {
  if (is_following_)
    log_.close();
}

schemas::result<void> followed_catalog::read(std::chrono::milliseconds at_most) {
  is_following_ = true;
  log_.follow(
    [this](const actors::catalog_record& record) {
      const std::lock_guard lock{mutex_};
      (void) view_.apply(record); // What does not compile is listed as broken.
    },
    [this] {
      const std::lock_guard lock{mutex_};
      is_caught_up_ = true;
      changed_.notify_all();
    });
  std::unique_lock lock{mutex_};
  if (!changed_.wait_for(lock, at_most, [this] { return is_caught_up_; }))
    return failure(errc::transient, "the catalog of rules could not be read in time");
  return {};
}

void followed_catalog::with_view(const std::function<void(const catalog_view&)>& use) const {
  const std::lock_guard lock{mutex_};
  use(view_);
}

} // namespace laurel::topology
