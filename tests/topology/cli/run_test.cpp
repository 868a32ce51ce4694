#include "topology/cli/run.hpp"

#include "tests/topology/cli/command_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

using namespace laurel;
using tests::command_world;
using words = std::vector<std::string>;

namespace {

const std::vector<words> all_commands{{"serve"},
                                      {"topics", "create"},
                                      {"topics", "verify"},
                                      {"rules", "check"},
                                      {"rules", "list"},
                                      {"rules", "publish"},
                                      {"rules", "show"},
                                      {"rules", "retire"},
                                      {"events", "send"},
                                      {"users", "show"},
                                      {"status"},
                                      {"replay"},
                                      {"completion", "bash"},
                                      {"completion", "zsh"},
                                      {"completion", "fish"}};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_SUITE("command line") {
  TEST_CASE("every command has help with an example, on stdout, and ends well") {
    for (auto command : all_commands) {
      command_world w;
      command.emplace_back("--help");

      CHECK(w.type(command) == 0);

      CHECK_MESSAGE(has(w.out, "Example"), command[0]);
      CHECK(has(w.out, "laurel " + command[0]));
      CHECK(w.err.empty());
    }
  }

  TEST_CASE("the version is one line") {
    command_world w;

    CHECK(w.type({"--version"}) == 0);

    CHECK(w.out.starts_with("laurel "));
    CHECK(std::ranges::count(w.out, '\n') == 1);
  }

  TEST_CASE("what cannot be understood is a usage error on stderr") {
    for (const auto& wrong : std::vector<words>{{},
                                                {"fly"},
                                                {"rules"},
                                                {"rules", "check"},
                                                {"serve", "--no-such-flag"},
                                                {"users", "show"},
                                                {"status", "extra"},
                                                {"completion", "tcsh"}}) {
      command_world w;
      CHECK(w.type(wrong) == 64);
      CHECK(w.out.empty());
      CHECK(w.err.starts_with("laurel: "));
    }
  }

  TEST_CASE("a command that needs an engine asks which") {
    for (const auto& command :
         std::vector<words>{{"status"}, {"users", "show", "u"}, {"rules", "list"}}) {
      command_world w;
      CHECK(w.type(command) == 64);
      CHECK(has(w.err, "--embedded"));
    }
  }

  TEST_CASE("wrong settings end every command with 78 and all faults") {
    command_world w;
    const auto file = w.file("laurel.toml", "nonsense = 1\n[commit]\nmax_records = 0\n");

    CHECK(w.type({"serve", "--embedded", "x", "--config", file}) == 78);
    CHECK(has(w.err, "laurel.toml:1: unknown key nonsense"));
    CHECK(has(w.err, "laurel.toml:3: commit.max_records"));
    CHECK(w.app.served.empty());
    CHECK(w.type({"status", "--embedded", "x", "--config", file}) == 78);
  }

  TEST_CASE("colour is for terminals, and NO_COLOR is honoured") {
    command_world w;
    CHECK(w.type({"fly"}) == 64);
    CHECK_FALSE(has(w.err, "\x1b"));
    w.on_terminal = true;
    CHECK(w.type({"fly"}) == 64);
    CHECK(has(w.err, "\x1b["));
    w.may_colour = false;
    CHECK(w.type({"fly"}) == 64);
    CHECK_FALSE(has(w.err, "\x1b"));
  }
}

TEST_SUITE("laurel serve") {
  TEST_CASE("flags of the table reach the application") {
    command_world w;

    CHECK(w.type({"serve", "--embedded", "data", "--commit-max-records", "5", "--sample", "--watch",
                  "--for", "20s"})
          == 0);

    REQUIRE(w.app.served.size() == 1);
    const auto& what = w.app.served[0];
    CHECK(what.values.embedded_directory == "data");
    CHECK(what.values.pipeline.commit_records_max == 5);
    CHECK(what.with_sample);
    CHECK(what.with_watch);
    CHECK(what.run_for == std::chrono::seconds(20));
  }

  TEST_CASE("it takes one log: embedded or brokers") {
    command_world w;
    CHECK(w.type({"serve"}) == 64);
    CHECK(w.type({"serve", "--embedded", "d", "--brokers", "localhost:1"}) == 64);
    CHECK(w.type({"serve", "--embedded", "d", "--for", "20"}) == 64);
    CHECK(w.app.served.empty());
  }

  TEST_CASE("its exit code is the application's") {
    command_world w;
    w.app.serve_code = 71;

    CHECK(w.type({"serve", "--brokers", "localhost:9092"}) == 71);
  }

  TEST_CASE("the effective settings are printed with where they come from, and nothing runs") {
    command_world w;
    w.environment = {{"BADGE_LOG", "debug"}};

    CHECK(w.type({"serve", "--embedded", "data", "--print-config"}) == 0);

    CHECK(has(w.out, "log.level = \"debug\"  # BADGE_LOG\n"));
    CHECK(has(w.out, "embedded.dir = \"data\"  # --embedded\n"));
    CHECK(w.app.served.empty());
  }
}

TEST_SUITE("laurel topics") {
  TEST_CASE("creation says that the number of partitions is final") {
    command_world w;

    CHECK(w.type({"topics", "create", "--brokers", "localhost:9092", "--replicas", "3"}) == 0);

    CHECK(has(w.out, "created with 3"));
    CHECK(has(w.out, "12, is final"));
    CHECK(w.type({"topics", "create"}) == 64);
    CHECK(w.type({"topics", "create", "--brokers", "localhost:9092", "--replicas", "0"}) == 64);
  }

  TEST_CASE("verification ends with 78 if a topic is not as it must be") {
    command_world w;
    CHECK(w.type({"topics", "verify", "--brokers", "localhost:9092"}) == 0);
    w.app.topic_faults = {"badge.dlq: is missing; create it"};
    CHECK(w.type({"topics", "verify", "--brokers", "localhost:9092"}) == 78);
    CHECK(has(w.err, "badge.dlq"));
  }
}

TEST_SUITE("laurel replay") {
  TEST_CASE("files and time reach the application, decisions go to the file") {
    command_world w;
    const auto rules = w.file("rules.json", "[]");
    const auto events = w.file("events.ndjson", "");
    const auto out = (w.directory / "out.ndjson").string();

    CHECK(w.type({"replay", "--rules", rules, "--events", events, "-", "--out", out, "--until",
                  "2026-01-05T00:00:00Z"})
          == 0);

    REQUIRE(w.app.replayed.size() == 1);
    CHECK(w.app.replayed[0].events.size() == 2);
    CHECK(to_rfc3339(*w.app.replayed[0].until) == "2026-01-05T00:00:00.000Z");
    CHECK(std::filesystem::file_size(out) > 0);
    CHECK(w.out.empty());
  }

  TEST_CASE("a missing file is 66, a bad time 64, lines that are no events 65") {
    command_world w;
    const auto rules = w.file("rules.json", "[]");
    CHECK(w.type({"replay", "--rules", rules, "--events", "/nowhere"}) == 66);
    CHECK(w.type({"replay", "--rules", rules, "--events", "-", "--until", "today"}) == 64);
    w.app.replay_answer.faults = {"events:3: is no event"};
    CHECK(w.type({"replay", "--rules", rules, "--events", "-"}) == 65);
    CHECK(has(w.err, "events:3"));
    CHECK(has(w.out, "granted"));
  }
}
