#include "topology/rule_catalog.hpp"

#include "state/rules/rule_book.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace laurel::topology {

namespace {

using actors::catalog_view;
using schemas::errc;
using schemas::failure;
using state::rules::compiled_rule;

constexpr std::chrono::milliseconds view_pause{5};
constexpr int view_looks_max = 400; // Two seconds.

bool tells(const catalog_view& view, const std::string& id, const std::string& version,
           bool is_active) {
  const auto found = view.heads().find(id);
  return found != view.heads().end() && found->second.version == version
         && found->second.is_active == is_active;
}

} // namespace

schemas::result<api::publish_outcome> rule_catalog::publish(const std::string& document) {
  auto compiled = state::rules::compile_rule(document);
  api::publish_outcome outcome;
  if (compiled.rule == nullptr) {
    outcome.faults = std::move(compiled.faults);
    return outcome;
  }
  outcome.id = id_of(*compiled.rule);
  outcome.version = version_of(*compiled.rule);
  const std::lock_guard lock{mutex_};
  outcome.faults = faults_beside_others(compiled.rule);
  if (!outcome.faults.empty())
    return outcome;
  bool is_in_force = false;
  bool is_stored = false;
  look_([&](const catalog_view& view) {
    is_in_force = tells(view, outcome.id, outcome.version, true);
    is_stored = view.rule(outcome.id, outcome.version) != nullptr;
  });
  if (is_in_force && is_stored)
    return outcome;
  const auto& canonical = document_of(*compiled.rule);
  if (auto done = write(outcome.id, outcome.version, true, is_stored ? nullptr : &canonical); !done)
    return tl::unexpected(done.error());
  outcome.changed = true;
  return outcome;
}

/// What is wrong with the active rules once `rule` is among them, and was not before.
std::vector<state::rules::rule_fault>
rule_catalog::faults_beside_others(const std::shared_ptr<const compiled_rule>& rule) const {
  std::vector<std::shared_ptr<const compiled_rule>> rules;
  look_([&](const catalog_view& view) {
    const auto book = view.book();
    for (const auto& each : book->rules()) {
      if (id_of(*each) != id_of(*rule))
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

schemas::result<void> rule_catalog::retire(const std::string& id) {
  const std::lock_guard lock{mutex_};
  catalog_view::rule_head head;
  look_([&](const catalog_view& view) {
    if (const auto found = view.heads().find(id); found != view.heads().end())
      head = found->second;
  });
  if (head.version.empty())
    return failure(errc::not_found, "there is no rule \"" + id + "\"");
  if (!head.is_active)
    return {};
  return write(id, head.version, false, nullptr);
}

schemas::result<void> rule_catalog::write(const std::string& id, const std::string& version,
                                          bool is_active, const std::string* document) {
  std::vector<std::pair<std::string, std::string>> records;
  if (document != nullptr) // Before its head, so that no head names what is not there.
    records.emplace_back(actors::rule_document_key(id, version), *document);
  records.emplace_back(actors::rule_head_key(id), actors::rule_head_value(version, is_active));
  if (auto done = log_.append(records); !done)
    return done;
  bool is_told = false;
  for (int i = 0; i < view_looks_max && !is_told; ++i) {
    if (i > 0)
      std::this_thread::sleep_for(view_pause);
    look_([&](const catalog_view& view) { is_told = tells(view, id, version, is_active); });
  }
  return {};
}

std::vector<api::rule_summary> rule_catalog::list() const {
  std::vector<api::rule_summary> rules;
  look_([&](const catalog_view& view) {
    for (const auto& [id, head] : view.heads()) {
      const auto rule = view.rule(id, head.version);
      rules.push_back({id, head.version,
                       rule == nullptr  ? "broken"
                       : head.is_active ? "active"
                                        : "retired",
                       rule == nullptr ? "" : document_of(*rule)});
    }
  });
  return rules;
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
