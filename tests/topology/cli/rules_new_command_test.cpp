#include "tests/topology/cli/command_world.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace laurel;
using namespace laurel::tests;

TEST_SUITE("laurel rules new") {
  TEST_CASE("prints a rule that can be published as it is") {
    command_world w;

    CHECK(w.type({"rules", "new", "--template", "streak", "--set", "days=12", "--id", "dozen"})
          == 0);

    const auto rule = nlohmann::json::parse(w.out);
    CHECK(rule["id"] == "dozen");
    CHECK(rule["badge"] == "12-Day Streak");
    CHECK(w.err.empty());
  }

  TEST_CASE("lists templates and parameters, for people and for scripts") {
    command_world w;
    CHECK(w.type({"rules", "new", "--list"}) == 0);
    CHECK(w.out.find("days=7  how many days in a row: whole number, 2 to 3660")
          != std::string::npos);
    CHECK(w.type({"rules", "new", "--list", "--json"}) == 0);
    CHECK(nlohmann::json::parse(w.out).size() == 8);
  }

  TEST_CASE("a value that does not do is 65, a name that is not known 64") {
    command_world w;
    CHECK(w.type({"rules", "new", "--template", "streak", "--set", "days=1"}) == 65);
    CHECK(w.out.empty());
    CHECK(w.err == "laurel: --set days: \"1\" is not a whole number, 2 to 3660\n");
    CHECK(w.type({"rules", "new", "--template", "streak", "--set", "dys=1"}) == 64);
    CHECK(w.type({"rules", "new", "--template", "streak", "--set", "days"}) == 64);
    CHECK(w.type({"rules", "new", "--template", "streak", "--set", "days=7", "--set", "days=8"})
          == 64);
    CHECK(w.type({"rules", "new", "--template", "tower"}) == 64);
    CHECK(w.type({"rules", "new"}) == 64);
    CHECK(w.type({"rules", "new", "--template", "streak", "--id", "no id"}) == 65);
  }
}
