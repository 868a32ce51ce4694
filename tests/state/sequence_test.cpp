#include "tests/state/story.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::tests;

namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

/// View, then purchase of the same item within a day, and no refund of it for 14 days.
const std::string kept =
  R"({"id":"kept","badge":"Kept","on":["view","purchase","refund"],
      "when":{"seq":{"steps":[{"on":"view"},{"on":"purchase","as":"bought"}],"within":"PT24H","same":["item"],
                     "not":[{"on":"refund","after":"bought","for":"P14D"}]}}})";
const std::string strictly =
  R"({"id":"strict","badge":"Strict","on":["a","b","c"],
      "when":{"seq":{"steps":[{"on":"a"},{"on":"b"}],"within":"P1D","strict":true}}})";
const std::string without_c =
  R"({"id":"calm","badge":"Calm","on":["a","b","c"],
      "when":{"seq":{"steps":[{"on":"a"},{"on":"b"}],"within":"P1D","not":[{"on":"c"}]}}})";

told about(const std::string& id, const std::string& type, std::int64_t at,
           const std::string& item = "x") {
  told out{id, type, at};
  out.attributes.emplace_back("item", item);
  return out;
}

} // namespace

TEST_SUITE("sequence") {
  TEST_CASE("is complete when what must not follow can no longer come, by time alone") {
    story user(rules_of({kept}));

    user.tell({about("v", "view", 0), about("p", "purchase", hour)});
    CHECK(user.lines().empty());
    user.advance(hour + 14 * day);

    CHECK(user.lines()
          == std::vector<std::string>{"kept Kept [] 1 " + std::to_string(hour + 14 * day)
                                      + " window_end"});
  }

  TEST_CASE("what must not follow spoils it, and one of another item does not") {
    story user(rules_of({kept}));
    user.tell({about("v", "view", 0), about("p", "purchase", hour), about("w", "view", 0, "y"),
               about("q", "purchase", hour, "y")});

    user.tell({about("r", "refund", 2 * hour, "y")});
    user.reload();
    user.tell({about("s", "refund", hour + 14 * day)});
    user.advance(60 * day);

    CHECK(user.lines().empty());
  }

  TEST_CASE("steps have to follow each other within the time, and rise strictly") {
    story user(rules_of({kept}));

    user.tell({about("p", "purchase", 0), about("v", "view", 0)});
    user.tell({about("q", "purchase", 25 * hour)});
    user.advance(60 * day);

    CHECK(user.lines().empty());
  }

  TEST_CASE("a strict one suffers nothing in between, other ones only what they forbid") {
    story user(rules_of({strictly, without_c}));

    user.tell({{"1", "a", 0}, {"2", "a", 1}, {"3", "c", 2}, {"4", "b", 3}});
    CHECK(user.lines().empty());
    user.tell({{"5", "a", 4}, {"6", "a", 5}, {"7", "b", 6}});

    CHECK(user.lines() == std::vector<std::string>{"calm Calm [] 1 6 7", "strict Strict [] 1 6 7"});
  }

  TEST_CASE("something late in between takes it back, and its retraction gives it again") {
    story user(rules_of({without_c}));
    user.tell({{"1", "a", 0}, {"2", "b", 10}});
    CHECK(user.lines() == std::vector<std::string>{"calm Calm [] 1 10 2"});

    user.tell({{"3", "c", 5}});
    CHECK(user.lines().empty());
    told undo{"4", "undo", 20};
    undo.retracts = "3";
    user.tell({undo});

    CHECK(user.lines() == std::vector<std::string>{"calm Calm [] 1 20 4"});
  }
}
