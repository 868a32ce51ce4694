#include "state/rule_lint.hpp"
#include "state/rules/compiled_rule.hpp"

#include <doctest/doctest.h>

using namespace laurel;

namespace {

std::shared_ptr<const state::rules::compiled_rule> compiled(const std::string& text) {
  const auto out = state::rules::compile_rule(text);
  REQUIRE_MESSAGE(out.rule != nullptr, text);
  return out.rule;
}

/// "code path" of each warning about a rule that checkins and purchases touch; notes as "(code)".
std::string found(const std::string& rest, const state::lint_context& context = {}) {
  const auto rule = compiled(R"({"id":"r","badge":"B","on":["checkin","purchase"],)" + rest + "}");
  std::string out;
  for (const auto& each : state::lint(*rule, context))
    out += (out.empty() ? "" : "; ")
           + (each.is_note ? "(" + each.code + ")" : each.code + " " + each.path);
  return out;
}

std::string when(const std::string& condition, const state::lint_context& context = {}) {
  return found("\"when\":" + condition, context);
}

const std::string counted = R"({"agg":{"f":"count"}})";

} // namespace

TEST_SUITE("rule lint") {
  TEST_CASE("an ordinary rule has nothing to be told of") {
    CHECK(when(R"({"ge":[)" + counted + ",10]}").empty());
    CHECK(when(R"({"and":[{"ge":[)" + counted + R"(,10]},{"le":[)" + counted + ",10]}]}").empty());
    CHECK(
      when(R"({"ge":[{"agg":{"f":"distinct","of":{"var":"local.date"},"win":{"cal":"week"}}},7]})")
        .empty());
    CHECK(when(R"({"lt":[{"agg":{"f":"min","of":{"var":"event.score"}}},0]})").empty());
  }

  TEST_CASE("what no events can make true is told") {
    CHECK(when(R"({"lt":[)" + counted + ",0]}") == "never-holds /when");
    CHECK(
      when(R"({"ge":[{"agg":{"f":"distinct","of":{"var":"local.date"},"win":{"cal":"week"}}},8]})")
      == "never-holds /when");
    CHECK(when(R"({"ge":[{"agg":{"f":"distinct","of":{"var":"local.hour"}}},25]})")
          == "never-holds /when");
    CHECK(when(R"({"lt":[{"agg":{"f":"sum","of":{"var":"event.amount"},"currency":"EUR"}},0]})")
          == "never-holds /when");
    CHECK(when(R"({"gt":[{"-":[3,)" + counted + R"(]},3]})") == "never-holds /when");
    CHECK(when(R"({"and":[{"ge":[)" + counted + R"(,10]},{"lt":[)" + counted + ",10]}]}")
          == "never-holds /when");
    CHECK(when(R"({"not":{"ge":[)" + counted + ",0]}}").find("never-holds") != std::string::npos);
  }

  TEST_CASE("what is true whatever happens is told, where it stands and as a whole") {
    CHECK(when(R"({"ge":[)" + counted + ",0]}") == "always-holds /when");
    CHECK(when(R"({"and":[{"ge":[)" + counted + R"(,0]},{"ge":[)" + counted + ",5]}]}")
          == "always-holds /when");
    CHECK(when(R"({"or":[{"lt":[)" + counted + R"(,0]},{"ge":[)" + counted + ",5]}]}")
          == "never-holds /when");
  }

  TEST_CASE("a type that no event has had is told, if the types are known") {
    state::lint_context context;
    context.types_seen = {"checkin"};
    CHECK(when(R"({"ge":[)" + counted + ",1]}", context) == "type-never-seen /on");
    context.types_seen->insert("purchase");
    CHECK(when(R"({"ge":[)" + counted + ",1]}", context).empty());
  }

  TEST_CASE("a badge or a group that no rule grants is told, also by a pattern of keys") {
    state::lint_context context;
    CHECK(when(R"({"has":{"badge":"de/silver"}})", context).empty()); // Not known, so not told.
    context.are_grants_known = true;
    context.badges = {"${0}/bronze"};
    context.groups = {"regional"};
    CHECK(when(R"({"has":{"badge":"de/bronze"}})", context).empty());
    CHECK(when(R"({"has":{"badge":"de/silver"}})", context) == "badge-not-granted /when");
    CHECK(when(R"({"has":{"group":"regional","n":2}})", context).empty());
    CHECK(when(R"({"has":{"group":"national","n":2}})", context) == "badge-not-granted /when");
  }

  TEST_CASE("a policy that changes nothing is told") {
    const auto with = [](const std::string& policy) {
      return found("\"policy\":" + policy + R"(,"when":{"ge":[)" + counted + ",2]}");
    };
    CHECK(with(R"({"cooldown":"P2D"})") == "no-effect /policy/cooldown");
    CHECK(with(R"({"max_per_user":2})") == "no-effect /policy/max_per_user");
    CHECK(with(R"({"revoke":"maintained","grace":"P2D","cooldown":"P2D"})").empty());
    CHECK(with(R"({"every":5,"cooldown":"P2D","max_per_user":2})").empty());
  }

  TEST_CASE("a time that is over is told, if it is known what time it is") {
    const auto rule = R"("valid":{"to":"2026-02-01T00:00:00Z"},"when":{"ge":[)" + counted + ",2]}";
    state::lint_context context;
    CHECK(found(rule, context).empty());
    context.now = schemas::parse_rfc3339("2026-01-31T23:59:59Z").value();
    CHECK(found(rule, context).empty());
    context.now = schemas::parse_rfc3339("2026-02-01T00:00:00Z").value();
    CHECK(found(rule, context) == "is-over /valid/to");
  }

  TEST_CASE("a window that reaches beyond the horizon is noted") {
    const auto last = [](const std::string& length) {
      return when(R"({"ge":[{"agg":{"f":"count","win":{"last":")" + length + R"("}}},2]})");
    };
    CHECK(last("P2D").empty()); // 48 hours.
    CHECK(last("P3D") == "(beyond-horizon)");
  }
}
