#include "topology/replay.hpp"

#include "actors/catalog_view.hpp"
#include "schemas/decision_codec.hpp"
#include "schemas/event_codec.hpp"
#include "state/row.hpp"
#include "topology/cli/rule_file.hpp"
#include "topology/engine.hpp"
#include "topology/grant_fold.hpp"
#include "topology/open_log.hpp"
#include "topology/rocks_stores.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace laurel::topology {

namespace {

constexpr std::int32_t replay_partitions = 4;
constexpr std::size_t append_batch = 10'000;
constexpr std::size_t read_batch = 10'000;
constexpr std::chrono::milliseconds poll_interval{5};

/// A directory that is gone when this is.
class scratch_directory {
public:
  scratch_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "laurel-replay-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr)
      path_ = pattern;
  }
  ~scratch_directory() {
    std::error_code ignored; // Nothing can be done about a leftover here.
    if (!path_.empty())
      std::filesystem::remove_all(path_, ignored);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// One replay: log, stores and engine in a scratch directory.
class replay_run {
public:
  replay_run(const cli::replay_request& what, actors::journal& journal)
      : what_(what),
        journal_(journal),
        until_(what.until.value_or(schemas::event_time::lowest())),
        budget_(std::make_shared<state::rocks_budget>(what.values.memory_budget_bytes)) {}

  schemas::result<void> open();
  schemas::result<void> publish_rules();
  schemas::result<void> append_events(std::istream& in);
  schemas::result<void> evaluate();
  schemas::result<void> write(std::ostream& out);

  cli::replay_summary summary;

private:
  schemas::result<void> add_rules(const std::filesystem::path& file,
                                  std::vector<std::pair<std::string, std::string>>& records);
  schemas::result<void> append_file(const std::string& name, std::istream& in);
  bool is_wanted(const std::string& name, std::uint64_t number, const std::string& line,
                 actors::event_appender::record& into);
  schemas::result<void> flush();
  schemas::result<bool> is_done();
  schemas::result<void> count_users();

  const cli::replay_request& what_;
  actors::journal& journal_;
  schemas::event_time until_; // Where time ends: as asked, else at the last event.
  scratch_directory directory_;
  std::shared_ptr<const state::rocks_budget> budget_;
  opened_log log_;
  std::optional<rocks_stores> stores_;
  std::optional<engine> engine_;
  schemas::event_decoder decoder_;
  std::vector<std::shared_ptr<const state::rules::compiled_rule>> rules_;
  std::vector<actors::event_appender::record> waiting_;
};

schemas::result<void> replay_run::open() {
  if (directory_.path().empty())
    return schemas::failure(schemas::errc::refused, "cannot make a temporary directory");
  embedded_settings chosen;
  chosen.directory = directory_.path() / "log";
  chosen.partitions = replay_partitions;
  chosen.sync = durability::scratch;
  chosen.retention_bytes = 0;
  chosen.reserve_bytes = 0;
  chosen.budget = budget_;
  auto log = embedded_log::open(chosen);
  if (!log)
    return tl::unexpected{log.error()};
  log_ = bundle_of(std::move(*log));
  stores_.emplace(directory_.path() / "state", budget_, &journal_);
  return {};
}

schemas::result<void> replay_run::publish_rules() {
  std::vector<std::pair<std::string, std::string>> records;
  for (const auto& file : what_.rules) {
    auto published = add_rules(file, records);
    if (!published)
      return published;
  }
  std::string why;
  for (const auto& fault : conflicts(rules_))
    why += (why.empty() ? "" : "\n") + fault.path + ": " + fault.message;
  if (!why.empty())
    return schemas::failure(schemas::errc::bad_input, why);
  return log_.bundle->catalog().append(records);
}

schemas::result<void>
replay_run::add_rules(const std::filesystem::path& file,
                      std::vector<std::pair<std::string, std::string>>& records) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return schemas::failure(schemas::errc::not_found, file.string() + ": cannot be read");
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const auto documents = cli::read_rules(text);
  if (!documents)
    return schemas::failure(documents.error().code,
                            file.string() + ": " + documents.error().message);
  for (const auto& document : *documents) {
    const auto compiled = state::rules::compile_rule(document.text);
    if (compiled.rule == nullptr) {
      std::string why;
      for (const auto& fault : compiled.faults)
        why += fmt::format("{}{}:{}: {}: {}", why.empty() ? "" : "\n", file.string(),
                           document.line_of(fault.path), fault.path, fault.message);
      return schemas::failure(schemas::errc::bad_input, why);
    }
    rules_.push_back(compiled.rule);
    const auto& id = state::rules::id_of(*compiled.rule);
    const auto& version = state::rules::version_of(*compiled.rule);
    records.emplace_back(actors::rule_document_key(id, version), document.text);
    records.emplace_back(
      actors::rule_head_key(id),
      actors::rule_head_value({version, actors::catalog_view::rule_head::stage::active, {}}));
  }
  return {};
}

schemas::result<void> replay_run::append_events(std::istream& in) {
  for (const auto& file : what_.events) {
    if (file == "-") {
      if (auto read = append_file("-", in); !read)
        return read;
      continue;
    }
    std::ifstream opened{file, std::ios::binary};
    if (!opened)
      return schemas::failure(schemas::errc::not_found, file.string() + ": cannot be read");
    if (auto read = append_file(file.string(), opened); !read)
      return read;
  }
  return flush();
}

schemas::result<void> replay_run::append_file(const std::string& name, std::istream& in) {
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    actors::event_appender::record record;
    if (!is_wanted(name, number, line, record))
      continue;
    waiting_.push_back(std::move(record));
    if (waiting_.size() == append_batch)
      if (auto kept = flush(); !kept)
        return kept;
  }
  return {};
}

/// False for blank lines, events after `until`, and lines that are no events (then a fault).
bool replay_run::is_wanted(const std::string& name, std::uint64_t number, const std::string& line,
                           actors::event_appender::record& into) {
  if (line.find_first_not_of(" \t\r") == std::string::npos)
    return false;
  auto routed = decoder_.route(line);
  if (!routed) {
    summary.faults.push_back(name + ":" + std::to_string(number) + ": " + routed.error().message);
    return false;
  }
  if (what_.until && routed->at > *what_.until)
    return false;
  if (!what_.until)
    until_ = std::max(until_, routed->at);
  into = {routed->to, std::move(routed->user_id), line};
  return true;
}

schemas::result<void> replay_run::flush() {
  summary.events += waiting_.size();
  auto kept = log_.bundle->appender().append(waiting_);
  waiting_.clear();
  return kept;
}

schemas::result<void> replay_run::evaluate() {
  auto settings = what_.values.pipeline;
  settings.partition_count = replay_partitions;
  settings.append_time_is_event_time = true;
  // At the end of the events, time passes for everybody up to the same moment.
  settings.timers_idle_after = std::chrono::milliseconds{0};
  engine_.emplace(engine::parts{.log = log_.bundle.get(),
                                .stores = &*stores_,
                                .journal = &journal_,
                                .settings = settings,
                                .on_feed_failed = [](const schemas::error&) {},
                                .wall_clock = [until = until_] { return until; }});
  engine_->start();
  for (;;) {
    const auto done = is_done();
    if (!done)
      return tl::unexpected{done.error()};
    if (*done)
      break;
    std::this_thread::sleep_for(poll_interval);
  }
  auto counted = count_users();
  engine_->stop();
  return counted;
}

/// Whether every event is accounted for in what is committed, and every timer that was due has
/// fired.
schemas::result<bool> replay_run::is_done() {
  std::uint64_t accounted = 0;
  bool is_settled = true;
  for (const auto& task : engine_->tasks()) {
    if (task.phase == actors::task_phase::failed)
      return schemas::failure(schemas::errc::refused, task.reason);
    const auto& counters = task.committed.counters;
    is_settled = is_settled && task.settled_until && *task.settled_until >= until_;
    accounted += counters.applied + counters.duplicate + counters.late + counters.dead_letter
                 + counters.erased;
  }
  return is_settled && accounted == summary.events;
}

schemas::result<void> replay_run::count_users() {
  for (std::int32_t partition = 0; partition < replay_partitions; ++partition) {
    const auto store = engine_->stores().of(partition);
    if (store == nullptr)
      continue;
    auto counted = store->for_each([&](std::string_view key, std::string_view) {
      const auto user = state::user_of(key);
      summary.users += !user.empty() && key == state::core_key(user);
    });
    if (!counted)
      return counted;
  }
  return {};
}

schemas::result<void> replay_run::write(std::ostream& out) {
  grant_fold fold;
  const auto& reader = log_.embedded->reader();
  for (std::int32_t partition = 0; partition < replay_partitions; ++partition)
    for (std::int64_t from = 0;;) {
      const auto page = reader.read(embedded::topic::grants, partition, from, read_batch);
      if (!page)
        return tl::unexpected{page.error()};
      for (const auto& record : page->records) {
        auto decision = schemas::decode_decision(*record.value);
        if (!decision)
          return tl::unexpected{decision.error()};
        fold.add(std::move(*decision));
      }
      from = page->next_offset;
      if (page->at_end)
        break;
    }
  fold.write(out);
  summary.granted = fold.granted();
  summary.revoked = fold.revoked();
  return {};
}

} // namespace

schemas::result<cli::replay_summary> replay(const cli::replay_request& what, std::istream& in,
                                            std::ostream& out, actors::journal& journal) {
  replay_run run{what, journal};
  auto done = run.open()
                .and_then([&] { return run.publish_rules(); })
                .and_then([&] { return run.append_events(in); })
                .and_then([&] { return run.evaluate(); })
                .and_then([&] { return run.write(out); });
  if (!done)
    return tl::unexpected{done.error()};
  return std::move(run.summary);
}

} // namespace laurel::topology
