#include "topology/serve.hpp"

#include "api/control_server.hpp"
#include "api/operation_routes.hpp"
#include "api/routes.hpp"
#include "schemas/base/failpoint.hpp"
#include "state/storage/directory_lock.hpp"
#include "topology/decision_tail.hpp"
#include "topology/engine.hpp"
#include "topology/erasure_secret.hpp"
#include "topology/http_edge.hpp"
#include "topology/key_registry.hpp"
#include "topology/open_log.hpp"
#include "topology/pipeline_gateway.hpp"
#include "topology/rocks_stores.hpp"
#include "topology/sample/sample_feeder.hpp"
#include "topology/termination.hpp"
#include "topology/version.hpp"
#include "topology/watch.hpp"
#include "topology/watchdog.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>

namespace laurel::topology {

namespace {

using actors::severity;
using schemas::errc;

/// What a running process is made of. Members end in the reverse order of their start.
class process {
public:
  process(const cli::serve_request& what, cli::console& terminal, actors::journal& journal,
          termination& end)
      : what_(what), values_(what.values), terminal_(terminal), journal_(journal), end_(end) {}

  schemas::result<void> start();
  void stop();
  bool has_directory() const { return lock_.has_value(); }

private:
  schemas::result<void> open();
  void start_engine();
  schemas::result<void> read_keys();
  schemas::result<void> start_control();
  schemas::result<void> start_http();
  schemas::result<void> start_sample();
  void start_watch();

  const cli::serve_request& what_;
  const settings& values_;
  cli::console& terminal_;
  actors::journal& journal_;
  termination& end_;

  std::optional<state::directory_lock> lock_;
  std::shared_ptr<const state::rocks_budget> budget_;
  std::string erasure_secret_;
  opened_log log_;
  std::optional<rocks_stores> stores_;
  std::optional<engine> engine_;
  std::optional<key_registry> keys_;
  std::optional<watchdog> watchdog_;
  std::optional<pipeline_gateway> gateway_;
  std::unique_ptr<api::control_server> control_;
  std::optional<http_edge> http_;
  std::optional<watcher> watcher_;
  std::optional<decision_tail> tail_;
  std::optional<sample_feeder> sample_;
};

schemas::result<void> process::start() {
  return open()
    .and_then([this] {
      start_engine();
      return read_keys();
    })
    .and_then([this] { return start_control(); })
    .and_then([this] { return start_http(); })
    .and_then([this] {
      if (what_.with_watch)
        start_watch();
      return what_.with_sample ? start_sample() : schemas::result<void>{};
    });
}

schemas::result<void> process::open() {
  auto lock = state::directory_lock::acquire(values_.directory());
  if (!lock)
    return tl::unexpected{lock.error()};
  lock_ = std::move(*lock);
  auto secret = erasure_secret_of(values_);
  if (!secret)
    return tl::unexpected{secret.error()};
  erasure_secret_ = std::move(*secret);
  budget_ = std::make_shared<const state::rocks_budget>(values_.memory_budget_bytes);
  auto log = open_log(values_, budget_, &journal_);
  if (!log)
    return tl::unexpected{log.error()};
  log_ = std::move(*log);
  stores_.emplace(values_.directory() / "state", budget_, &journal_);
  return {};
}

void process::start_engine() {
  auto pipeline = values_.pipeline;
  pipeline.partition_count = log_.bundle->partition_count();
  pipeline.version = version_text();
  pipeline.erasure_secret = erasure_secret_;
  engine_.emplace(engine::parts{log_.bundle.get(),
                                &*stores_,
                                &journal_,
                                pipeline,
                                0,
                                [this](const schemas::error& why) {
                                  end_.request({exit_code_of(why), why.message});
                                },
                                {}, // The time of day.
                                [this](const std::string& why) {
                                  end_.request({cli::exit_software, why});
                                }});
  engine_->start();
  watchdog_.emplace(watchdog::parts{
    .ask = [this](std::function<void()> heard) { engine_->probe(std::move(heard)); },
    .on_stuck =
      [this](const std::string& reason) {
        journal_.note(severity::error, "process is stuck", {{"reason", reason}});
        std::abort(); // What is not committed is done again; an orderly end would hang as well.
      }});
}

/// Where there is no pepper there are no keys.
schemas::result<void> process::read_keys() {
  if (!has_pepper(values_))
    return {};
  auto peppers = peppers_of(values_);
  if (!peppers)
    return tl::unexpected{peppers.error()};
  keys_.emplace(log_.bundle->identity(), std::move(*peppers), &journal_);
  return {};
}

schemas::result<void> process::start_control() {
  const auto where = values_.is_embedded() ? "embedded " + values_.directory().string()
                                           : "kafka " + values_.kafka.brokers;
  gateway_.emplace(*engine_, *log_.bundle,
                   pipeline_gateway::identity{values_.pipeline.instance_id, where,
                                              values_.pipeline.input_topics, erasure_secret_},
                   keys_ ? &*keys_ : nullptr);
  auto table = api::v1_routes(*gateway_);
  // Whoever may use the socket owns the directory, and so may operate the process.
  std::ranges::move(api::operation_routes(*gateway_->desk()), std::back_inserter(table));
  auto routes = std::make_shared<const api::router>(std::move(table));
  auto control =
    api::control_server::start(values_.directory(), std::move(routes), values_.control);
  if (!control)
    return tl::unexpected{control.error()};
  control_ = std::move(*control);
  journal_.note(severity::info, "laurel is running",
                {{"log", where}, {"directory", values_.directory().string()}});
  return {};
}

schemas::result<void> process::start_http() {
  http_.emplace(http_edge::parts{&values_, &*engine_, log_.bundle.get(), &*gateway_,
                                 keys_ ? &keys_->ring() : nullptr, &journal_, erasure_secret_});
  return http_->start();
}

schemas::result<void> process::start_sample() {
  if (auto published = publish_sample_rules(*gateway_); !published)
    return published;
  sample_.emplace(
    sample_feeder::parts{&*gateway_, &journal_, values_.directory() / "sample.position", [] {
                           const auto now = std::chrono::system_clock::now().time_since_epoch();
                           return schemas::event_time{
                             std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
                         }});
  sample_->start();
  return {};
}

/// Decisions are shown as they are committed; over Kafka only the figures are.
void process::start_watch() {
  const auto target = values_.is_embedded() ? "--embedded " + values_.directory().string()
                                            : "--state " + values_.directory().string();
  watcher_.emplace(*gateway_, terminal_, target);
  watcher_->start();
  if (log_.embedded != nullptr)
    tail_.emplace(*log_.embedded,
                  [this](schemas::decision what) { watcher_->on_decision(std::move(what)); });
}

void process::stop() {
  sample_.reset();
  tail_.reset();
  watcher_.reset();
  http_.reset();
  control_.reset();
  watchdog_.reset(); // From here on the shutdown deadline watches.
  keys_.reset();
  if (engine_)
    engine_->stop();
}

} // namespace

int serve(const cli::serve_request& what, cli::console& terminal, actors::journal& journal) {
  if (const auto death = schemas::parse_failpoint(what.values.failpoint)) {
    schemas::arm_failpoint(*death);
    journal.note(severity::warning, "armed to die", {{"failpoint", what.values.failpoint}});
  }
  termination end{what.values.shutdown_timeout};
  for (const auto& warning : what.warnings)
    journal.note(severity::warning, warning, {});
  process running{what, terminal, journal, end};
  if (auto started = running.start(); !started) {
    journal.note(severity::error, "cannot start", {{"reason", started.error().message}});
    running.stop();
    const bool is_in_use = !running.has_directory() && started.error().code == errc::refused;
    return is_in_use ? cli::exit_directory : exit_code_of(started.error());
  }
  const auto why = end.wait(what.run_for);
  journal.note(why.exit_code == 0 ? severity::info : severity::error, "ending",
               {{"reason", why.reason}});
  running.stop();
  journal.note(severity::info, "ended", {{"exit_code", std::to_string(why.exit_code)}});
  return why.exit_code;
}

int exit_code_of(const schemas::error& why) {
  switch (why.code) {
  case errc::bad_setting:
  case errc::refused: // Topics or a group that are not as they have to be.
    return cli::exit_config;
  case errc::fenced:
    return cli::exit_fenced;
  case errc::transient:
  case errc::aborted:
    return cli::exit_temporary;
  case errc::not_found:
    return cli::exit_no_input;
  case errc::bad_input:
    return cli::exit_data;
  case errc::corrupt:
    return cli::exit_software;
  }
  return cli::exit_software;
}

} // namespace laurel::topology
