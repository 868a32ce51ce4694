#include "api/edge_routes.hpp"
#include "api/openapi.hpp"
#include "api/route_table.hpp"
#include "api/routes.hpp"

#include "tests/api/fake_gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <set>

using namespace laurel;
using namespace laurel::api;

namespace {

constexpr std::array two_rows{route_row{.operation = "one", .pattern = "/one"},
                              route_row{.operation = "two", .pattern = "/two"}};

response nothing(const request&, const path_values&) {
  return {};
}

} // namespace

TEST_SUITE("route table") {
  TEST_CASE("a row without a handler and a handler without a row are refused by name") {
    CHECK(join_routes(two_rows, surface::edge, {{"one", nothing}, {"two", nothing}}).has_value());
    const auto missing = join_routes(two_rows, surface::edge, {{"one", nothing}});
    const auto extra = join_routes(two_rows, surface::edge,
                                   {{"one", nothing}, {"two", nothing}, {"three", nothing}});

    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().code == schemas::errc::bad_setting);
    CHECK(missing.error().message.find("two has no handler") != std::string::npos);
    REQUIRE_FALSE(extra.has_value());
    CHECK(extra.error().message.find("three has no route") != std::string::npos);
  }

  TEST_CASE("every row of the edge has a handler, and the other way round") {
    tests::fake_gateway engine;

    const auto joined =
      join_routes(route_table(), surface::edge,
                  edge_handlers({.pipeline = &engine, .checks = {}, .now_ms = {}}));

    REQUIRE_MESSAGE(joined.has_value(), joined.error().message);
    CHECK(joined->size() > 10);
  }

  TEST_CASE("operations have one name each, and only probes and descriptions are open") {
    std::set<std::string_view> names;
    for (const auto& row : route_table()) {
      CHECK_MESSAGE(names.insert(row.operation).second, row.operation);
      if (row.who == entry::open)
        CHECK_MESSAGE(!row.pattern.starts_with("/api/"), row.operation);
      CHECK_MESSAGE((row.body_bytes_max > 0) == (row.verb == method::post), row.operation);
      if (row.pattern.starts_with("/api/v1/keys"))
        CHECK_MESSAGE(row.where == surface::control, row.operation);
    }
  }

  TEST_CASE("the description names every route of the edge and no other") {
    const auto document = nlohmann::json::parse(openapi_document(route_table()));
    std::set<std::string> told;
    for (const auto& [path, operations] : document["paths"].items())
      for (const auto& [verb, operation] : operations.items())
        told.insert(operation["operationId"]);
    std::set<std::string> served;
    for (const auto& row : route_table())
      if (row.where == surface::edge || row.where == surface::both)
        served.insert(std::string(row.operation));

    CHECK(told == served);
    for (const auto& row : route_table())
      for (const auto name : {row.takes, row.gives})
        if (!name.empty())
          CHECK_MESSAGE(document["components"]["schemas"].contains(std::string(name)), name);
  }
}
