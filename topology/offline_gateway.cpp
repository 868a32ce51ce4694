#include "topology/offline_gateway.hpp"

#include "schemas/partitioner.hpp"
#include "topology/certificate.hpp"
#include "topology/erasure_secret.hpp"
#include "topology/user_reader.hpp"
#include "topology/version.hpp"

#include <utility>

namespace laurel::topology {

namespace {

constexpr std::chrono::seconds catalog_timeout{10};

schemas::error only_embedded(std::string_view what) {
  return {schemas::errc::refused,
          std::string{what}
            + " are told by the process that owns the partition: name its state directory with "
              "--state DIR, on its machine"};
}

/// What is committed, brought up to date from the changelog. Nobody else owns the task: we hold
/// the directory.
schemas::result<actors::opened_task> open_task(std::int32_t partition, log_bundle& log,
                                               rocks_stores& stores) {
  auto mine = log.task_logs().open(partition);
  if (!mine)
    return tl::unexpected{mine.error()};
  return actors::take_over(partition, **mine, stores);
}

} // namespace

schemas::result<std::unique_ptr<offline_gateway>>
offline_gateway::open(const settings& values, std::unique_ptr<actors::journal> journal) {
  auto budget = std::make_shared<const state::rocks_budget>(values.memory_budget_bytes);
  std::optional<state::directory_lock> lock;
  std::optional<rocks_stores> stores;
  if (values.is_embedded()) {
    auto taken = state::directory_lock::acquire(values.directory());
    if (!taken)
      return tl::unexpected{taken.error()};
    lock = std::move(*taken);
    stores.emplace(values.directory() / "state", budget, journal.get());
  }
  auto log = open_log(values, budget, journal.get());
  if (!log)
    return tl::unexpected{log.error()};
  std::unique_ptr<offline_gateway> made{new offline_gateway{
    std::move(journal), std::move(lock), std::move(*log), std::move(stores), values}};
  if (has_pepper(values)) {
    auto peppers = peppers_of(values);
    if (!peppers)
      return tl::unexpected{peppers.error()};
    made->peppers_ = std::move(*peppers);
  }
  auto secret = erasure_secret_of(values);
  if (!secret)
    return tl::unexpected{secret.error()};
  made->erasure_secret_ = std::move(*secret);
  return made;
}

/// An embedded log keeps a secret of its own.
event_ingest::erasures offline_gateway::erasures_of(const settings& values) {
  const bool can_be = values.is_embedded() || !values.pipeline.erasure_secret.empty();
  return can_be ? event_ingest::erasures::taken : event_ingest::erasures::refused;
}

offline_gateway::offline_gateway(std::unique_ptr<actors::journal> journal,
                                 std::optional<state::directory_lock> lock, opened_log log,
                                 std::optional<rocks_stores> stores, const settings& values)
    : journal_(std::move(journal)),
      lock_(std::move(lock)),
      log_(std::move(log)),
      stores_(std::move(stores)),
      ingest_(log_.bundle->appender(), erasures_of(values)),
      followed_(log_.bundle->catalog()),
      catalog_(log_.bundle->catalog(), [this](const auto& use) { followed_.with_view(use); }),
      rules_(catalog_, log_.bundle->records(), log_.bundle->partition_count(),
             [this] { return read_catalog(); }),
      badges_(
        log_.bundle->catalog(), [this](const auto& use) { followed_.with_view(use); },
        [this] { return read_catalog(); }),
      desk_(*log_.bundle, values.pipeline.input_topics) {}

schemas::result<void> offline_gateway::read_catalog() {
  if (has_read_catalog_)
    return {};
  has_read_catalog_ = true;
  return followed_.read(catalog_timeout);
}

schemas::result<actors::opened_task> offline_gateway::task_of(const std::string& user_id) {
  if (!stores_)
    return tl::unexpected{only_embedded("users")};
  if (auto read = read_catalog(); !read)
    return tl::unexpected{read.error()};
  const auto partition = schemas::partition_of(user_id, log_.bundle->partition_count());
  return open_task(partition, *log_.bundle, *stores_);
}

std::shared_ptr<const state::rules::rule_book> offline_gateway::book() {
  std::shared_ptr<const state::rules::rule_book> found;
  followed_.with_view([&](const actors::catalog_view& catalog) { found = catalog.book(); });
  return found;
}

schemas::result<state::user_view> offline_gateway::user(const std::string& user_id) {
  const auto task = task_of(user_id);
  if (!task)
    return tl::unexpected{task.error()};
  return read_user(user_id, *task->store, book(), erasure_secret_);
}

schemas::result<state::explanation> offline_gateway::explain(state::explain_request what) {
  const auto task = task_of(what.user_id);
  if (!task)
    return tl::unexpected{task.error()};
  return explain_user(std::move(what), *task->store, task->meta, book());
}

schemas::result<api::status_report> offline_gateway::status() {
  if (!stores_)
    return tl::unexpected{only_embedded("tasks")};
  if (auto read = read_catalog(); !read)
    return tl::unexpected{read.error()};
  api::status_report report;
  report.version = version_text();
  followed_.with_view([&](const actors::catalog_view& catalog) {
    report.rules_active = active_rules(catalog);
    report.catalog_position = catalog.next_position();
  });
  for (std::int32_t partition = 0; partition < log_.bundle->partition_count(); ++partition) {
    auto& shown = report.tasks.emplace_back();
    shown.partition = partition;
    shown.phase = "stored";
    const auto task = open_task(partition, *log_.bundle, *stores_);
    if (!task) {
      shown.problem = task.error().message;
      continue;
    }
    shown.next_offset = task->meta.next_offset;
    shown.commits = task->meta.commit_number;
    shown.owner_epoch = task->meta.owner_epoch - 1; // Of the last real owner.
    shown.clock = task->meta.clock;
    shown.counters = task->meta.counters;
    for (std::size_t lane = 0; lane < shown.lag.size(); ++lane)
      shown.lag[lane] = log_.embedded->reader().next_offset(embedded::input_topics[lane], partition)
                        - task->meta.next_offset[lane];
  }
  return report;
}

schemas::result<std::vector<api::rule_summary>> offline_gateway::rules() {
  if (auto read = read_catalog(); !read)
    return tl::unexpected{read.error()};
  return catalog_.list();
}

schemas::result<api::publish_outcome> offline_gateway::publish_rule(const std::string& document) {
  if (auto read = read_catalog(); !read)
    return tl::unexpected{read.error()};
  return catalog_.publish(document);
}

schemas::result<void> offline_gateway::retire_rule(const std::string& id) {
  if (auto read = read_catalog(); !read)
    return read;
  return catalog_.retire(id);
}

schemas::result<api::append_outcome>
offline_gateway::append_events(std::span<const std::string> lines) {
  return ingest_.append(lines);
}

schemas::result<api::erasure_certificate> offline_gateway::erasure(const std::string& user_id) {
  return user(user_id).and_then([this](const state::user_view& found) {
    return log_.bundle->topics().and_then(
      [&](const log_topics& topics) { return certificate_of(found, topics); });
  });
}

schemas::result<void> offline_gateway::append_command(const schemas::command& what) {
  return ingest_.append(what);
}

api::key_desk* offline_gateway::keys() {
  if (peppers_ && !keys_)
    keys_.emplace(log_.bundle->identity(), *peppers_, journal_.get());
  return keys_ ? &*keys_ : nullptr;
}

} // namespace laurel::topology
