#include "topology/pipeline_gateway.hpp"

#include "schemas/partitioner.hpp"
#include "topology/certificate.hpp"
#include "topology/user_reader.hpp"
#include "topology/version.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace laurel::topology {

namespace {

api::task_status shown(const actors::task_status& task, const actors::feed& feed) {
  api::task_status made;
  made.partition = task.partition;
  made.phase = actors::text_of(task.phase);
  made.problem = task.reason;
  made.next_offset = task.committed.next_offset;
  for (const auto from : schemas::every_input) {
    const auto unread = feed.lag(task.partition, from);
    // Of an input that is not read nobody knows the end.
    const bool is_read = task.phase == actors::task_phase::running;
    made.lag[static_cast<std::size_t>(from)] = is_read ? unread : -1;
  }
  made.commits = task.committed.commit_number;
  made.owner_epoch = task.committed.owner_epoch;
  made.restored_records = task.restored_rows;
  made.awake_users = task.awake_users;
  made.parked_users = task.parked.size();
  made.failures = task.failures;
  made.last_failure = task.last_failure;
  made.clock = task.committed.clock;
  made.counters = task.committed.counters;
  return made;
}

} // namespace

pipeline_gateway::pipeline_gateway(const engine& running, log_bundle& log, identity who,
                                   api::key_desk* keys)
    : engine_(running),
      log_(log),
      who_(std::move(who)),
      ingest_(log.appender(), who_.erasure_secret.empty() ? event_ingest::erasures::refused
                                                          : event_ingest::erasures::taken),
      catalog_(log.catalog(), [&running](const auto& use) { running.with_catalog(use); }),
      rules_(catalog_, log.records(), log.partition_count(),
             [] { return schemas::result<void>{}; }),
      badges_(
        log.catalog(), [&running](const auto& use) { running.with_catalog(use); },
        [] { return schemas::result<void>{}; }),
      keys_(keys),
      desk_(running, log, who_.input_topics),
      started_(std::chrono::steady_clock::now()) {}

schemas::result<std::shared_ptr<const state::user_store>>
pipeline_gateway::store_of(const std::string& user_id) const {
  const auto partition = schemas::partition_of(user_id, log_.partition_count());
  auto store = engine_.stores().of(partition);
  if (store == nullptr)
    return schemas::failure(schemas::errc::refused,
                            "user \"" + user_id + "\" is in partition " + std::to_string(partition)
                              + ", which this process does not serve now; `laurel status` of the "
                                "others tells who does");
  return store;
}

std::shared_ptr<const state::rules::rule_book> pipeline_gateway::book() const {
  std::shared_ptr<const state::rules::rule_book> found;
  engine_.with_catalog([&](const actors::catalog_view& catalog) { found = catalog.book(); });
  return found;
}

schemas::result<state::user_view> pipeline_gateway::user(const std::string& user_id) {
  const auto store = store_of(user_id);
  if (!store)
    return tl::unexpected{store.error()};
  return read_user(user_id, **store, book(), who_.erasure_secret);
}

schemas::result<state::explanation> pipeline_gateway::explain(state::explain_request what) {
  const auto store = store_of(what.user_id);
  if (!store)
    return tl::unexpected{store.error()};
  const auto meta = read_meta(**store);
  if (!meta)
    return tl::unexpected{meta.error()};
  return explain_user(std::move(what), **store, *meta, book());
}

schemas::result<api::status_report> pipeline_gateway::status() {
  api::status_report report;
  report.instance = who_.instance;
  report.version = version_text();
  report.log = who_.log;
  report.uptime_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::steady_clock::now() - started_)
                       .count();
  engine_.with_catalog([&](const actors::catalog_view& catalog) {
    report.rules_active = active_rules(catalog);
    report.catalog_position = catalog.next_position();
  });
  const auto tasks = engine_.tasks();
  report.users = 0;
  for (const auto& task : tasks) {
    report.tasks.push_back(shown(task, log_.feed()));
    *report.users += task.committed.counters.users;
  }
  report.ready = std::all_of(tasks.begin(), tasks.end(), [](const auto& task) {
    return task.phase == actors::task_phase::running;
  });
  return report;
}

schemas::result<std::vector<api::rule_summary>> pipeline_gateway::rules() {
  return catalog_.list();
}

schemas::result<api::publish_outcome> pipeline_gateway::publish_rule(const std::string& document) {
  return catalog_.publish(document);
}

schemas::result<void> pipeline_gateway::retire_rule(const std::string& id) {
  return catalog_.retire(id);
}

schemas::result<api::append_outcome>
pipeline_gateway::append_events(std::span<const std::string> lines) {
  return ingest_.append(lines);
}

schemas::result<api::append_outcome>
pipeline_gateway::append_traced(std::span<const std::string> lines, std::string_view traceparent) {
  return ingest_.append(lines, traceparent);
}

schemas::result<void> pipeline_gateway::append_traced(const schemas::command& what,
                                                      std::string_view traceparent) {
  return ingest_.append(what, traceparent);
}

schemas::result<api::erasure_certificate> pipeline_gateway::erasure(const std::string& user_id) {
  return user(user_id).and_then([this](const state::user_view& found) {
    return log_.topics().and_then(
      [&](const log_topics& topics) { return certificate_of(found, topics); });
  });
}

schemas::result<void> pipeline_gateway::append_command(const schemas::command& what) {
  return ingest_.append(what);
}

} // namespace laurel::topology
