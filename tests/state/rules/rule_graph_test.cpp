#include "state/rules/rule_book.hpp"
#include "state/rules/rule_graph.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::state::rules;

namespace {

/// A rule for `badge` that counts check-ins and, if `has` is not empty, looks at that.
std::string rule(const std::string& id, const std::string& badge, const std::string& has = "",
                 const std::string& members = "") {
  const std::string counts = R"({"ge":[{"agg":{"f":"count"}},1]})";
  return R"({"id":")" + id + R"(","badge":")" + badge + R"(","on":["checkin"],"when":)"
         + (has.empty() ? counts : R"({"and":[)" + counts + R"(,{"has":)" + has + "}]}") + members
         + "}";
}

std::vector<std::shared_ptr<const compiled_rule>> compiled(const std::vector<std::string>& all) {
  std::vector<std::shared_ptr<const compiled_rule>> out;
  for (const auto& each : all)
    out.push_back(compile_rule(each).rule);
  for (const auto& each : out)
    REQUIRE(each != nullptr);
  return out;
}

} // namespace

TEST_SUITE("rule_graph") {
  TEST_CASE("names meet where some text makes them equal") {
    CHECK(may_meet("Gold", "Gold"));
    CHECK_FALSE(may_meet("Gold", "Silver"));
    CHECK(may_meet("#${0}/gold", "#c++/gold"));
    CHECK_FALSE(may_meet("#${0}/gold", "#c++/silver"));
    CHECK(may_meet("${0}b", "a${1}"));
    CHECK(may_meet("${0}", ""));
    CHECK(may_meet("", ""));
    CHECK_FALSE(may_meet("", "a"));
    CHECK(may_meet("a${0}c", "ac"));
    CHECK_FALSE(may_meet("a${0}c", "a"));
  }

  TEST_CASE("names full of placeholders are compared in no time") {
    std::string many;
    for (int i = 0; i < 64; ++i)
      many += "${0}";
    CHECK(may_meet(many, many));
    CHECK_FALSE(may_meet(many + "a", many + "b"));
  }

  TEST_CASE("each rule comes after those that it looks at") {
    const auto graph = graph_of(
      compiled({rule("c", "C", R"({"badge":"B"})"), rule("b", "B", R"({"group":"g"})"),
                rule("a", "A", "", R"(,"policy":{"group":{"name":"g"}})"), rule("z", "Z")}));

    CHECK(graph.has_edges);
    CHECK(graph.circular.empty());
    CHECK(graph.rank[2] < graph.rank[1]);
    CHECK(graph.rank[1] < graph.rank[0]);
    CHECK(graph.dependents[2] == std::vector<std::uint32_t>{1});
    CHECK(graph.dependents[0].empty());
  }

  TEST_CASE("rules that look at nobody have no edges") {
    const auto graph = graph_of(compiled({rule("a", "A"), rule("b", "B")}));
    CHECK_FALSE(graph.has_edges);
    CHECK(graph.order == std::vector<std::uint32_t>{0, 1});
  }

  TEST_CASE("a circle is told with the names in it, and the book leaves it out") {
    const auto rules = compiled(
      {rule("a", "A", R"({"badge":"B"})"), rule("b", "B", R"({"badge":"A"})"), rule("c", "C")});

    const auto faults = conflicts(rules);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].path == "/when");
    CHECK(faults[0].message.find("\"a\", \"b\"") != std::string::npos);
    CHECK(rule_book(rules).touched_by("checkin") == std::vector<std::uint32_t>{2});
  }

  TEST_CASE("a rule that looks at its own badge is a circle") {
    CHECK(conflicts(compiled({rule("a", "A", R"({"badge":"A"})")})).size() == 1);
  }
}
