#include "state/rules/compiled_rule.hpp"
#include "state/rules/rule_book.hpp"
#include "state/rules/rule_document.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace laurel::state::rules;

namespace {

std::vector<std::string> lines_of(const std::string& name) {
  std::ifstream file(std::string(LAUREL_SOURCE_DIR) + "/tests/state/rules/" + name);
  REQUIRE(file.good());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns;
  std::istringstream in(line);
  for (std::string column; std::getline(in, column, '\t');)
    columns.push_back(column);
  return columns;
}

std::string told(const std::vector<rule_fault>& faults) {
  std::string out;
  for (const auto& fault : faults)
    out += fault.path + ": " + fault.message + "\n";
  return out;
}

std::shared_ptr<const compiled_rule> compiled(const std::string& text) {
  auto out = compile_rule(text);
  REQUIRE_MESSAGE(out.rule, told(out.faults));
  return out.rule;
}

const std::string counting =
  R"({"id":"r","badge":"B","on":["a"],"when":{"ge":[{"agg":{"f":"count"}},3]}})";

} // namespace

TEST_SUITE("compile_rule") {
  TEST_CASE("takes every good rule, and its canonical form is a fixed point") {
    for (const auto& line : lines_of("good_rules.ndjson")) {
      CAPTURE(line);
      const auto rule = compiled(line);
      const auto again = compiled(rule->document);
      CHECK(again->document == rule->document);
      CHECK(again->version == rule->version);
      CHECK(rule->version.size() == 16);
    }
  }

  TEST_CASE("refuses every bad rule at its place, with a cure") {
    for (const auto& line : lines_of("bad_rules.tsv")) {
      const auto columns = columns_of(line);
      REQUIRE(columns.size() == 4);
      CAPTURE(line);
      const auto out = compile_rule(columns[3]);
      CHECK_FALSE(out.rule);
      CHECK_MESSAGE(std::any_of(out.faults.begin(), out.faults.end(),
                                [&](const rule_fault& fault) {
                                  return fault.path.rfind(columns[0], 0) == 0
                                         && fault.message.find(columns[1]) != std::string::npos;
                                }),
                    told(out.faults));
    }
  }

  TEST_CASE("tells all faults at once") {
    const auto out = compile_rule(
      R"({"id":"a/b","badge":"${0}","on":[],"when":{"ge":[{"agg":{"f":"x"}},"y"]},"to":"z"})");

    CHECK(out.faults.size() >= 6);
  }

  TEST_CASE("white space, order of names and spelling of numbers do not change the version") {
    const auto plain = compiled(counting);
    const auto spaced = compiled(
      R"( { "when": {"ge": [ {"agg": {"f": "count"}}, 3.0 ]}, "on": ["a"], "badge": "B", "id": "r" } )");

    CHECK(plain->version == spaced->version);
    CHECK(plain->document
          == R"({"badge":"B","id":"r","on":["a"],"when":{"ge":[{"agg":{"f":"count"}},3]}})");
  }

  TEST_CASE("another threshold is another version of the same aggregates") {
    const auto three = compiled(counting);
    const auto four = compiled(R"({"id":"r","badge":"C","on":["a"],"policy":{"revoke":"maintained"},
                   "when":{"or":[{"ge":[{"agg":{"f":"count","on":["a"]}},4]},
                                 {"gt":[{"agg":{"f":"count"}},9]}]}})");

    CHECK(three->version != four->version);
    CHECK(three->aggregates == four->aggregates);
    CHECK(four->leaves.size() == 1);
  }

  TEST_CASE("another filter, key or day is another aggregate") {
    const auto base = compiled(counting)->aggregates;
    for (
      const auto* other :
      {R"({"id":"r","badge":"B","on":["a","b"],"when":{"ge":[{"agg":{"f":"count"}},3]}})",
       R"({"id":"r","badge":"B","on":["a"],"key":["k"],"when":{"ge":[{"agg":{"f":"count"}},3]}})",
       R"({"id":"r","badge":"B","on":["a"],"time":{"day_start":"04:00"},"when":{"ge":[{"agg":{"f":"count"}},3]}})",
       R"({"id":"r","badge":"B","on":["a"],"when":{"ge":[{"agg":{"f":"count","where":{"var":"event.x"}}},3]}})"})
      CHECK(compiled(other)->aggregates != base);
  }

  TEST_CASE("knows what time alone can change") {
    const auto can = [](const std::string& when) {
      const auto rule = compiled(R"({"id":"r","badge":"B","on":["a"],"when":)" + when + "}");
      return std::make_pair(rule->time_can_grant, rule->time_can_revoke);
    };

    CHECK(can(R"({"ge":[{"agg":{"f":"count"}},3]})") == std::make_pair(false, false));
    CHECK(can(R"({"ge":[{"streak":{"unit":"day"}},3]})") == std::make_pair(false, true));
    CHECK(can(R"({"le":[{"agg":{"f":"count","win":{"last":"P1D"}}},3]})")
          == std::make_pair(true, false));
    CHECK(can(R"({"not":{"ge":[3,{"streak":{"unit":"day"}}]}})") == std::make_pair(false, true));
  }

  TEST_CASE("refuses hostile documents instead of falling over") {
    CHECK_FALSE(compile_rule(std::string(70'000, ' ')).rule);
    CHECK_FALSE(compile_rule(std::string(60'000, '[')).rule);
    CHECK_FALSE(compile_rule(R"({"id":"a","id":"b"})").rule);
    CHECK_FALSE(compile_rule("\xff").rule);
    std::string deep = R"({"ge":[{"agg":{"f":"count"}},3]})";
    for (int i = 0; i < 20; ++i)
      deep = R"({"not":)" + deep + "}";
    const auto out = compile_rule(R"({"id":"r","badge":"B","on":["a"],"when":)" + deep + "}");
    REQUIRE_FALSE(out.rule);
    CHECK(told(out.faults).find("nested") != std::string::npos);
  }
}

TEST_SUITE("rule_document") {
  TEST_CASE("writes numbers as RFC 8785 does") {
    const auto canonical = [](const std::string& text) {
      return canonical_json(json::parse(text));
    };
    CHECK(canonical("1.0") == "1");
    CHECK(canonical("-0.5") == "-0.5");
    CHECK(canonical("1e3") == "1000");
    CHECK(canonical("123.456") == "123.456");
    CHECK(canonical("1e21") == "1e+21");
    CHECK(canonical("100000000000000000000.0") == "100000000000000000000");
    CHECK(canonical("1e-6") == "0.000001");
    CHECK(canonical("1.5e-7") == "1.5e-7");
    CHECK(canonical(R"({"b":[],"a":{},"c":"ö\n\u0001"})") == R"({"a":{},"b":[],"c":"ö\n\u0001"})");
  }
}

TEST_SUITE("rule_book") {
  TEST_CASE("finds the rules that an event type touches, and what to keep of its attributes") {
    const rule_book book({compiled(counting), compiled(R"({"id":"s","badge":"B","on":["a","b"],
      "key":["post.id"],"when":{"ge":[{"agg":{"f":"sum","of":{"var":"event.v"}}},3]}})")});

    CHECK(book.touched_by("a") == std::vector<std::uint32_t>{0, 1});
    CHECK(book.touched_by("b") == std::vector<std::uint32_t>{1});
    CHECK(book.touched_by("c").empty());
    CHECK(book.reads().slot_of("post.id").has_value());
    CHECK(book.reads().slot_of("v").has_value());
    CHECK_FALSE(book.reads().slot_of("post").has_value());
  }

  TEST_CASE("an id given twice is told, and the book stays safe") {
    const auto rule = compiled(counting);

    CHECK(conflicts({rule, rule}).size() == 1);
    CHECK(rule_book({rule, rule}).touched_by("a").size() == 1);
  }
}
