#include "topology/engine.hpp"

#include "actors/rules_actor.hpp"
#include "actors/supervisor_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

namespace laurel::topology {

namespace {

/// Messages that an actor handles before its worker looks at others: bounds how long a busy
/// partition keeps the rest waiting.
constexpr std::size_t throughput_max = 300;

constexpr std::chrono::seconds status_timeout{2};
constexpr std::chrono::seconds unpark_timeout{20}; // A commit or two.

/// CAF's settings, in code: `parse` would read a file from the current directory.
struct system_config : caf::actor_system_config {
  explicit system_config(std::size_t worker_threads) {
    // One queue for all workers: who has nothing to do sleeps until woken. Workers that steal poll
    // instead, at 30,000 wakes a second where there is little to do, and may sleep through 10 ms.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", worker_threads);
    set("scheduler.max-throughput", throughput_max);
  }
};

/// Drawn from once in a while, by the supervisor alone.
actors::chance jitter() {
  return [engine = std::mt19937_64{std::random_device{}()}]() mutable {
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
  };
}

std::size_t workers(std::size_t asked) {
  return asked != 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
}

} // namespace

struct engine::impl {
  explicit impl(parts from)
      : given(std::move(from)),
        context{.settings = given.settings,
                .feed = &given.log->feed(),
                .logs = &given.log->task_logs(),
                .stores = given.stores,
                .directory = &directory,
                .journal = given.journal,
                .draw = jitter(),
                .on_broken = [this](const std::string& why) { given.on_broken(why); }},
        config(workers(given.worker_threads)),
        system(config) {
    if (given.wall_clock)
      context.wall_clock = given.wall_clock;
  }

  void on_catalog(const actors::catalog_record& record) {
    {
      const std::lock_guard lock{catalog_mutex};
      (void) catalog.apply(record); // The rules actor says what it left out.
    }
    caf::anon_send(rules, actors::catalog_changed{record});
  }

  parts given;
  actors::store_directory directory;
  actors::task_context context;
  system_config config;
  caf::actor_system system; // Its destructor waits for every actor.
  actors::supervisor_actor supervisor;
  actors::rules_actor rules;
  std::optional<actors::feed_bridge> bridge;
  mutable std::mutex catalog_mutex;
  actors::catalog_view catalog; // Guarded by catalog_mutex.
  bool running = false;
};

engine::engine(parts from) : impl_(std::make_unique<impl>(std::move(from))) {}

engine::~engine() {
  stop();
}

void engine::start() {
  auto& my = *impl_;
  my.supervisor = my.system.spawn(actors::run_supervisor_actor, &my.context);
  my.rules = my.system.spawn(actors::run_rules_actor, my.supervisor, my.given.journal);
  my.bridge.emplace(my.supervisor, my.given.journal, my.given.settings.release_deadline,
                    my.given.on_feed_failed);
  my.running = true;
  my.given.log->catalog().follow(
    [&my](const actors::catalog_record& record) { my.on_catalog(record); },
    [&my] { caf::anon_send(my.rules, actors::catalog_caught_up{}); });
  my.given.log->feed().run(*my.bridge);
}

void engine::stop() {
  auto& my = *impl_;
  if (!my.running)
    return;
  my.running = false;
  my.given.log->feed().close();
  my.given.log->catalog().close();
  caf::anon_send(my.rules, actors::shut_down{});
  caf::anon_send(my.supervisor, actors::shut_down{});
  my.bridge.reset();
  my.rules = nullptr;
  my.supervisor = nullptr;
  my.system.await_all_actors_done();
}

std::vector<actors::task_status> engine::tasks() const {
  std::vector<actors::task_status> tasks;
  if (!impl_->running)
    return tasks;
  caf::scoped_actor self{impl_->system};
  self->request(impl_->supervisor, status_timeout, actors::read_tasks{})
    .receive([&](actors::tasks_status& answer) { tasks = std::move(answer.tasks); },
             [](const caf::error&) {}); // Too busy to say; the caller sees no tasks.
  std::sort(tasks.begin(), tasks.end(),
            [](const auto& a, const auto& b) { return a.partition < b.partition; });
  return tasks;
}

schemas::result<std::vector<std::int32_t>> engine::order(std::vector<std::int32_t> partitions,
                                                         actors::task_order what,
                                                         const std::string& reason) const {
  if (!impl_->running)
    return schemas::failure(schemas::errc::refused, "the engine does not run");
  caf::scoped_actor self{impl_->system};
  schemas::result<std::vector<std::int32_t>> done;
  self
    ->request(impl_->supervisor, status_timeout,
              actors::order_tasks{std::move(partitions), what, reason})
    .receive([&](actors::tasks_ordered& answer) { done = std::move(answer.partitions); },
             [&](const caf::error&) {
               done = schemas::failure(schemas::errc::transient, "the supervisor is busy");
             });
  return done;
}

schemas::result<std::uint64_t> engine::unpark(std::int32_t partition,
                                              const std::string& user_id) const {
  if (!impl_->running)
    return schemas::failure(schemas::errc::refused, "the engine does not run");
  caf::scoped_actor self{impl_->system};
  schemas::result<std::uint64_t> done;
  self->request(impl_->supervisor, unpark_timeout, actors::unpark_user{partition, user_id})
    .receive(
      [&](const actors::user_unparked& answer) {
        if (answer.problem.empty())
          done = answer.records;
        else
          done = schemas::failure(schemas::errc::refused, answer.problem);
      },
      [&](const caf::error&) {
        done = schemas::failure(schemas::errc::transient,
                                "no answer yet; `laurel users parked` tells what became of it");
      });
  return done;
}

void engine::probe(std::function<void()> heard) const {
  caf::anon_send(impl_->supervisor, actors::heartbeat{std::move(heard)});
}

const actors::store_directory& engine::stores() const {
  return impl_->directory;
}

void engine::with_catalog(const std::function<void(const actors::catalog_view&)>& look) const {
  const std::lock_guard lock{impl_->catalog_mutex};
  look(impl_->catalog);
}

} // namespace laurel::topology
