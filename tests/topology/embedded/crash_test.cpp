#include "tests/topology/conformance_support.hpp"
#include "tests/topology/embedded/embedded_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <memory>
#include <random>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace laurel;
using topology::embedded::topic;
using kind = actors::commit_outcome::kind;

namespace {

// The test starts its own program again, as a child that runs one case which is skipped otherwise:
// the child works on the log and tells the parent, one line each, what the log has acknowledged.
constexpr const char* child_case = "child of the crash test: appends and commits until killed";
constexpr const char* directory_variable = "LAUREL_CRASH_TEST_DIRECTORY";
constexpr int report_descriptor = 3;

topology::embedded_settings crash_settings(const std::filesystem::path& directory) {
  auto settings = tests::small_settings(directory);
  settings.partitions = 1;
  settings.sync = topology::durability::synced;
  settings.clean_bytes_min = 4U << 10; // So that compaction is at work when the child is killed.
  settings.write_buffer_bytes = 64U << 10;
  return settings;
}

/// What a log holds; the numbers count up without a gap if nothing was lost or torn.
struct found {
  std::int64_t events = 0;
  std::int64_t commits = 0;
};

std::vector<std::string> values(const topology::embedded_log& log, topic of) {
  std::vector<std::string> out;
  std::int64_t next = 0;
  for (bool at_end = false; !at_end;) {
    const auto page = log.reader().read(of, 0, next, 1000).value();
    for (const auto& record : page.records)
      out.push_back(record.value.value());
    next = page.next_offset;
    at_end = page.at_end;
  }
  return out;
}

/// Reads everything back and checks that it is whole.
found inspect(const std::filesystem::path& directory) {
  auto opened = topology::embedded_log::open(crash_settings(directory));
  REQUIRE_MESSAGE(opened, tests::why(opened));
  auto& log = **opened;
  const auto events = values(log, topic::engagement);
  const auto grants = values(log, topic::grants);
  for (std::size_t i = 0; i < events.size(); ++i)
    CHECK(events[i] == std::to_string(i));
  for (std::size_t i = 0; i < grants.size(); ++i)
    CHECK(grants[i] == std::to_string(i));

  const auto commits = static_cast<std::int64_t>(grants.size());
  std::map<std::string, std::string> expected;
  for (std::int64_t n = 0; n < commits; ++n) {
    expected["key-" + std::to_string(n % 10)] = std::to_string(n);
    expected["__meta"] = std::to_string(n);
  }
  std::map<std::string, std::string> stored;
  for (const auto& row : tests::replay_all(*log.task_logs().open(0).value()).rows)
    stored[row.key] = row.value.value();
  CHECK(stored == expected);
  if (commits > 0)
    CHECK(log.committed(0) == actors::input_offsets{commits, commits});
  return {static_cast<std::int64_t>(events.size()), commits};
}

/// Runs the child until `lines` acknowledgements have come, kills it, and returns the last ones.
found run_and_kill(const std::filesystem::path& directory, int lines) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], report_descriptor);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::setenv(directory_variable, directory.c_str(), 1);
  std::string program = "/proc/self/exe";
  std::string filter = std::string("--test-case=") + child_case;
  std::string no_skip = "--no-skip";
  std::array<char*, 4> arguments{program.data(), filter.data(), no_skip.data(), nullptr};
  pid_t child = 0;
  REQUIRE(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ)
          == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);

  found acknowledged;
  const std::unique_ptr<FILE, int (*)(FILE*)> report(::fdopen(ends[0], "r"), &std::fclose);
  const auto note = [&] {
    char what = 0;
    long long number = 0;
    if (std::fscanf(report.get(), " %c %lld", &what, &number) != 2)
      return false;
    (what == 'e' ? acknowledged.events : acknowledged.commits) = number + 1;
    return true;
  };
  for (int i = 0; i < lines; ++i)
    REQUIRE(note());
  ::kill(child, SIGKILL);
  while (note()) { // What was still in the pipe was acknowledged as well.
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  return acknowledged;
}

void report(char what, std::int64_t number) {
  const auto line = std::string(1, what) + " " + std::to_string(number) + "\n";
  if (::write(report_descriptor, line.data(), line.size()) < 0)
    std::abort(); // The parent is gone.
}

[[noreturn]] void append_until_killed(topology::embedded_log& log, std::int64_t next) {
  for (;; ++next) {
    const std::vector<actors::event_appender::record> records{
      {schemas::input::engagement, "ann", std::to_string(next)}};
    if (!log.appender().append(records))
      std::abort();
    report('e', next);
  }
}

[[noreturn]] void commit_until_killed(topology::embedded_log& log, std::int64_t next) {
  auto task = log.task_logs().open(0).value();
  if (!task->fence())
    std::abort();
  for (;; ++next) {
    const auto number = std::to_string(next);
    actors::commit_batch batch;
    batch.outputs.push_back(tests::grant("ann", number));
    batch.rows = {{"key-" + std::to_string(next % 10), number}, {"__meta", number}};
    batch.next_offset = {next + 1, next + 1};
    if (task->commit(batch).what != kind::committed)
      std::abort();
    report('c', next);
  }
}

} // namespace

TEST_SUITE("embedded log") {
  TEST_CASE(
    "a kill at any moment loses nothing that was acknowledged and leaves nothing half done") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const tests::temp_directory directory;
    found before;

    for (int round = 0; round < 8; ++round) {
      const auto acknowledged =
        run_and_kill(directory.path(), 1 + static_cast<int>(random() % 300));
      const auto after = inspect(directory.path());

      CAPTURE(round);
      // What was acknowledged is there; what was on its way may be.
      const auto events = std::max(before.events, acknowledged.events);
      const auto commits = std::max(before.commits, acknowledged.commits);
      CHECK(after.events >= events);
      CHECK(after.events <= events + 1);
      CHECK(after.commits >= commits);
      CHECK(after.commits <= commits + 1);
      before = after;
    }
  }

  TEST_CASE("child of the crash test: appends and commits until killed" * doctest::skip()) {
    const char* directory = std::getenv(directory_variable);
    if (directory == nullptr)
      return;
    const auto have = inspect(directory);
    const auto log = topology::embedded_log::open(crash_settings(directory)).value();
    std::thread appender([&] { append_until_killed(*log, have.events); });
    commit_until_killed(*log, have.commits);
  }
}
