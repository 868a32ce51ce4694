#pragma once

#include "actors/catalog_view.hpp"
#include "actors/supervisor_actor.hpp"
#include "state/rules/rule_book.hpp"

#include "tests/support/actor_world.hpp"
#include "tests/support/fake_log.hpp"

#include <memory>
#include <string>
#include <vector>

namespace laurel::tests {

/// Keeps what was noted, a line each: "what field=value ...".
class kept_journal final : public actors::journal {
public:
  void note(actors::severity, std::string_view what, const fields& about) override {
    std::string line{what};
    for (const auto& [name, value] : about)
      line.append(" ").append(name).append("=").append(value);
    lines.push_back(std::move(line));
  }

  std::size_t count(std::string_view text) const {
    std::size_t found = 0;
    for (const auto& line : lines)
      found += line.find(text) != line.npos;
    return found;
  }

  std::vector<std::string> lines;
};

/// The whole pipeline of one partition over the fake log, without a thread. The "process" can die
/// and come back; log and store outlive it.
class pipeline_world {
public:
  fake_log log;
  fake_log_factory logs{log};
  fake_store_factory stores{log};
  actors::store_directory directory;
  kept_journal journal;
  std::vector<std::string> broken; // Reasons for which the process would have to end.
  fake_feed feed{log};
  actors::task_context context = make_context();

  actor_world world;
  actors::supervisor_actor supervisor;
  std::unique_ptr<actors::feed_bridge> bridge;
  schemas::event_time wall = schemas::event_time::lowest(); // The time of day.

  /// The task takes its partition over at the first `run_until_idle`, so that a test can set the
  /// world up before.
  void start() {
    supervisor = world.system().spawn(actors::run_supervisor_actor, &context);
    bridge = std::make_unique<actors::feed_bridge>(
      supervisor, &journal, std::chrono::milliseconds{0}, [](const schemas::error&) {});
    feed.run(*bridge);
    const std::int32_t partition = 0;
    bridge->on_assigned(std::span{&partition, 1});
    if (rules_)
      caf::anon_send(supervisor, *rules_);
    world.settle();
  }

  ~pipeline_world() { end(); }

  static std::string count_rule(const std::string& id, const std::string& type, int target) {
    return R"({"id":")" + id + R"(","badge":")" + id + R"(","on":[")" + type
           + R"("],"when":{"ge":[{"agg":{"f":"count"}},)" + std::to_string(target) + "]}}";
  }

  /// In force from the next round on.
  void publish(const std::string& document) {
    auto compiled = state::rules::compile_rule(document);
    REQUIRE(compiled.rule != nullptr);
    book_.push_back(compiled.rule);
    rules_ = actors::rules_changed{std::make_shared<const state::rules::rule_book>(book_),
                                   static_cast<std::int64_t>(book_.size())};
    if (supervisor != nullptr)
      caf::anon_send(supervisor, *rules_);
  }

  /// A check-in `second` seconds after the start of 2026; its id follows from user and second.
  void checkin(const std::string& user, std::int64_t second) {
    const auto at = std::to_string(1'767'225'600'000 + second * 1000);
    log.append(schemas::input::engagement, user,
               R"({"event_id":")" + user + "-" + std::to_string(second) + R"(","user_id":")" + user
                 + R"(","type":"checkin","occurred_at":)" + at + "}");
  }

  /// Runs until nothing more happens: all input is committed, or the task stands still.
  void run_until_idle() {
    using namespace std::chrono_literals;
    if (supervisor == nullptr)
      start();
    for (int quiet = 0; quiet < 4;) {
      quiet = feed.pump() ? 0 : quiet + 1;
      world.settle();
      world.advance(quiet < 2 ? 100ms : 20s); // The long one ends any backoff.
    }
  }

  /// The process is gone, and another one takes over what it left.
  void restart() {
    end();
    log.dead = false;
    start();
  }

  void release(bool lost = false) {
    auto latch = std::make_shared<actors::release_latch>(1);
    caf::anon_send(supervisor, actors::partitions_revoked{{0}, lost, latch});
    world.settle();
    CHECK(latch->wait_for(std::chrono::milliseconds{0}));
  }

  void order(actors::task_order what, const std::string& reason = {}) {
    (void) world.ask<actors::tasks_ordered>(supervisor, actors::order_tasks{{}, what, reason});
  }

  actors::user_unparked unpark(const std::string& user) {
    return world.ask<actors::user_unparked>(supervisor, actors::unpark_user{0, user});
  }

  actors::task_status status() {
    const auto all = world.ask<actors::tasks_status>(supervisor, actors::read_tasks{});
    REQUIRE(all.tasks.size() == 1);
    return all.tasks.front();
  }

  state::task_meta meta() const {
    for (auto row = log.changelog.rbegin(); row != log.changelog.rend(); ++row)
      if (row->key == state::meta_key)
        return state::decode_meta(*row->value).value();
    return {};
  }

  std::size_t outputs_to(actors::output to) const {
    std::size_t count = 0;
    for (const auto& record : log.outputs)
      count += record.to == to;
    return count;
  }

private:
  actors::task_context make_context() {
    actors::task_context made;
    made.settings.partition_count = 1;
    made.feed = &feed;
    made.logs = &logs;
    made.stores = &stores;
    made.directory = &directory;
    made.journal = &journal;
    made.wall_clock = [this] { return wall; };
    made.make_runner = [] { return std::make_unique<inline_runner>(); };
    made.draw = [] { return 0.5; };
    made.on_broken = [this](const std::string& reason) { broken.push_back(reason); };
    return made;
  }

  void end() {
    if (supervisor == nullptr)
      return;
    caf::anon_send(supervisor, actors::shut_down{});
    bridge.reset();
    supervisor = nullptr;
    world.settle();
  }

  std::vector<std::shared_ptr<const state::rules::compiled_rule>> book_;
  std::optional<actors::rules_changed> rules_;
};

} // namespace laurel::tests
