// The commands that ask an engine, over a fake one that is opened because no process runs.

#include "tests/topology/cli/command_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using tests::command_world;

namespace {

const char* const good_rule = R"({"id":"first","badge":"First","on":["checkin"],
  "when":{"ge":[{"agg":{"f":"count"}},1]}})";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

state::user_view alice() {
  state::user_view view;
  view.user_id = "alice";
  schemas::decision held;
  held.badge_id = "Explorer";
  held.rule_id = "explorer";
  held.granted_at = {1'767'600'900'000};
  held.cause = "e-7";
  auto lost = held;
  lost.badge_id = "Big spender";
  lost.kind = schemas::decision_kind::revoked;
  lost.revoked_at = schemas::event_time{1'767'700'900'000};
  lost.revoke_cause = "e-9";
  view.badges = {{lost}, {held}};
  view.progress.push_back({"regular", "Regular", {}, 0.5, {{"count of checkin", "5", "10"}}});
  return view;
}

} // namespace

TEST_SUITE("laurel users") {
  TEST_CASE("badges held come first, lost ones after them, then what is on the way") {
    command_world w;
    w.app.engine.users["alice"] = alice();

    CHECK(w.type({"users", "show", "alice", "--embedded", "d"}) == 0);

    CHECK(w.out.find("Explorer") < w.out.find("Big spender"));
    CHECK(has(w.out, "alice  1 badge\n"));
    CHECK(has(w.out, "since 2026-01-05 08:15:00 UTC, by event e-7, rule explorer"));
    CHECK(has(w.out, "lost 2026-01-06 12:01:40 UTC, by event e-9"));
    CHECK(has(w.out, "count of checkin: 5 of 10"));
    CHECK(has(w.out, "50%"));
    CHECK_FALSE(has(w.out, "\x1b"));
  }

  TEST_CASE("an unknown user is 66, JSON is for scripts") {
    command_world w;
    w.app.engine.users["alice"] = alice();
    CHECK(w.type({"users", "show", "bob", "--embedded", "d"}) == 66);
    CHECK(w.out.empty());
    CHECK(w.type({"users", "show", "alice", "--embedded", "d", "--json"}) == 0);
    CHECK(has(w.out, "\"user_id\":\"alice\""));
  }

  TEST_CASE("what an event said cannot move the cursor") {
    command_world w;
    w.app.engine.users["x"] = alice();
    w.app.engine.users["x"].badges[0].last.badge_id = "\x1b[2J";

    CHECK(w.type({"users", "show", "x", "--embedded", "d"}) == 0);

    CHECK(has(w.out, "\\x1b[2J"));
    CHECK_FALSE(has(w.out, "\x1b"));
  }
}

TEST_SUITE("laurel status") {
  TEST_CASE("tasks are a table whose columns line up") {
    command_world w;
    w.app.engine.report.instance = "one";
    for (const auto applied : {5U, 123'456U}) {
      api::task_status task;
      task.phase = "running";
      task.lag = {-1, 7};
      task.counters.applied = applied;
      w.app.engine.report.tasks.push_back(task);
    }
    w.app.engine.report.tasks[1].problem = "the disk is full";

    CHECK(w.type({"status", "--embedded", "d"}) == 0);

    CHECK(has(w.out, "123,456"));
    CHECK(has(w.out, "the disk is full"));
    std::vector<std::size_t> lengths;
    for (std::size_t at = w.out.find("task  "), i = 0; i < 3; ++i) {
      const auto end = w.out.find('\n', at);
      lengths.push_back(end - at);
      at = end + 1;
    }
    CHECK(lengths[1] == lengths[2]);
  }

  TEST_CASE("a directory that another command holds is a reason to try again") {
    command_world w;
    w.app.open_fault = schemas::error{schemas::errc::transient, "held"};

    CHECK(w.type({"status", "--embedded", "d"}) == 75);
  }

  TEST_CASE("an embedded directory that is not there is not made by a question") {
    command_world w;
    const auto absent = w.directory / "typo";

    CHECK(w.type({"status", "--embedded", absent.string()}) == 66);

    CHECK_FALSE(std::filesystem::exists(absent));
    CHECK(w.app.opened.empty());
  }

  TEST_CASE("a state directory without a process is unavailable") {
    command_world w;

    CHECK(w.type({"status", "--state", w.directory.string()}) == 69);
    CHECK(has(w.err, "no process holds"));
  }
}

TEST_SUITE("laurel rules") {
  TEST_CASE("a file is one rule, an array, or one rule a line") {
    command_world w;
    std::string one_line = good_rule;
    std::erase(one_line, '\n');
    std::string second = one_line;
    second.replace(second.find("first"), 5, "other");
    for (const auto& text : {std::string(good_rule), "[" + one_line + ",\n" + second + "]",
                             one_line + "\n\n" + second + "\n"})
      CHECK_MESSAGE(w.type({"rules", "check", w.file("rules.json", text)}) == 0, w.err);
  }

  TEST_CASE("every fault of every rule is named with its line") {
    command_world w;
    const auto file = w.file("rules.json", "[\n  {\n    \"id\": \"a\",\n    \"badge\": 7,\n"
                                           "    \"on\": [\"x\"],\n    \"when\": {\"ge\": [1]}\n"
                                           "  },\n  {\"id\": \"b\"}\n]\n");

    CHECK(w.type({"rules", "check", file}) == 65);

    CHECK(has(w.err, "rules.json:4: /badge"));
    CHECK(has(w.err, "rules.json:6: /when"));
    CHECK(has(w.err, "rules.json:8: "));
  }

  TEST_CASE("a file that is no JSON names the line, one that is not there is 66") {
    command_world w;
    CHECK(w.type({"rules", "check", w.file("rules.json", "{\n \"id\": \"a\",\n \"on\" [] }")})
          == 65);
    CHECK(has(w.err, "line 3"));
    CHECK(w.type({"rules", "check", "/nowhere.json"}) == 66);
    CHECK(w.type({"rules", "check", w.file("empty.json", "")}) == 65);
    CHECK(w.type({"rules", "check", w.directory.string()}) != 0);
  }

  TEST_CASE("two rules of one name in a file are a fault") {
    command_world w;
    CHECK(
      w.type({"rules", "check", w.file("r", "[" + std::string(good_rule) + "," + good_rule + "]")})
      == 65);
  }

  TEST_CASE("nothing is published unless all is good") {
    command_world w;
    CHECK(w.type({"rules", "publish", w.file("r", "[" + std::string(good_rule) + ",{}]"),
                  "--embedded", "d"})
          == 65);
    CHECK(w.app.engine.published.empty());
    CHECK(w.app.opened.empty());

    CHECK(w.type({"rules", "publish", w.file("r", good_rule), "--embedded", "d"}) == 0);
    REQUIRE(w.app.engine.published.size() == 1);
    CHECK(w.app.engine.published[0] == good_rule); // Byte for byte: no number was rounded.
  }

  TEST_CASE("rules are listed, shown and retired") {
    command_world w;
    w.app.engine.catalog.push_back({"first", "0123456789abcdef", "active", good_rule});
    CHECK(w.type({"rules", "list", "--embedded", "d"}) == 0);
    CHECK(has(w.out, "first  active  0123456789ab  First"));
    CHECK(w.type({"rules", "show", "first", "--embedded", "d"}) == 0);
    CHECK(has(w.out, "  \"badge\": \"First\""));
    CHECK(w.type({"rules", "show", "nope", "--embedded", "d"}) == 66);
    CHECK(w.type({"rules", "retire", "first", "--embedded", "d"}) == 0);
    CHECK(w.app.engine.catalog[0].state == "retired");
    CHECK(w.type({"rules", "retire", "nope", "--embedded", "d"}) == 66);
  }
}

TEST_SUITE("laurel events") {
  TEST_CASE("good lines are sent, bad ones named by number, and the exit code says so") {
    command_world w;
    const auto file = w.file("events", "{1}\r\n\n{bad}\n{2}\n{bad}");

    CHECK(w.type({"events", "send", file, "--embedded", "d"}) == 65);

    CHECK(w.app.engine.appended == std::vector<std::string>{"{1}", "{2}"});
    CHECK(w.err == "line 3: is bad\nline 5: is bad\n");
    CHECK(w.out == "2 events sent, 2 bad lines left out.\n");
  }

  TEST_CASE("standard input is a file too, and JSON counts for scripts") {
    command_world w;

    CHECK(w.type({"events", "send", "-", "--embedded", "d", "--json"}, "{1}\n{2}") == 0);

    CHECK(w.out == "{\"appended\":2,\"faults\":[]}\n");
  }

  TEST_CASE("large input goes in several batches, and line numbers go on through them") {
    command_world w;
    std::string text;
    for (int i = 0; i < 4'500; ++i)
      text += "{" + std::to_string(i) + "}\n";

    CHECK(w.type({"events", "send", "-", "--embedded", "d"}, text + "{bad}\n") == 65);

    CHECK(w.app.engine.batches == 3);
    CHECK(w.app.engine.appended.size() == 4'500);
    CHECK(w.err == "line 4501: is bad\n");
  }

  TEST_CASE("a line longer than any event is left out without being sent") {
    command_world w;

    CHECK(w.type({"events", "send", "-", "--embedded", "d"},
                 "{" + std::string(300'000, 'x') + "}\n{1}\n")
          == 65);

    CHECK(w.app.engine.appended == std::vector<std::string>{"{1}"});
  }

  TEST_CASE("a batch that fails for a moment is sent again") {
    command_world w;
    w.app.engine.failures_left = 1;

    CHECK(w.type({"events", "send", "-", "--embedded", "d"}, "{1}\n") == 0);

    CHECK(w.app.engine.appended.size() == 1);
  }

  TEST_CASE("a file that is not there is 66, and a directory is not a file") {
    command_world w;
    CHECK(w.type({"events", "send", "/nowhere", "--embedded", "d"}) == 66);
    CHECK(w.type({"events", "send", w.directory.string(), "--embedded", "d"}) == 66);
    CHECK(w.app.opened.empty());
  }

  TEST_CASE("a progress bar is drawn on a terminal only") {
    command_world w;
    const auto file = w.file("events", "{1}\n{2}\n");
    CHECK(w.type({"events", "send", file, "--embedded", "d"}) == 0);
    CHECK(w.err.empty());
    w.on_terminal = true;
    CHECK(w.type({"events", "send", file, "--embedded", "d"}) == 0);
    CHECK(has(w.err, "100%"));
  }
}
