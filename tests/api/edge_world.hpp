#pragma once

#include "api/edge_server.hpp"
#include "api/route_table.hpp"

#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <semaphore>
#include <string>
#include <utility>

namespace laurel::tests {

/// Knows two keys: "good" may all, "poor" may nothing and only see ada.
class fake_keys final : public api::key_checker {
public:
  std::shared_ptr<const api::principal> check(std::string_view secret,
                                              std::int64_t) const override {
    if (secret == "good")
      return std::make_shared<const api::principal>(
        api::principal{.id = "good", .scopes = api::scope_set::all(), .users = {}});
    if (secret == "poor") {
      api::principal poor{.id = "poor", .scopes = {}, .users = {"ada"}};
      poor.scopes.add(api::scope::read_badges);
      return std::make_shared<const api::principal>(std::move(poor));
    }
    return nullptr;
  }
  bool is_caught_up() const override { return caught_up; }

  bool caught_up = true;
};

inline constexpr std::array edge_table{
  api::route_row{.operation = "open", .pattern = "/open", .who = api::entry::open, .cost = 0},
  api::route_row{.operation = "show", .pattern = "/users/{user}"},
  api::route_row{.operation = "slow", .pattern = "/slow"},
  api::route_row{.operation = "broken", .pattern = "/broken"},
  api::route_row{.operation = "put",
                 .verb = api::method::post,
                 .pattern = "/things",
                 .needs = api::scope::write_events,
                 .body_bytes_max = 1'000'000,
                 .kind = api::work::append},
};

/// A server on a free port over a few routes, one of which waits until it is let go.
struct edge_world {
  fake_keys keys;
  std::counting_semaphore<> entered{0};
  std::counting_semaphore<> go_on{0};
  std::string last_trace; // Of the last request to put something; read when it is answered.
  std::unique_ptr<api::edge_server> server;

  explicit edge_world(const api::edge_settings& settings = {}) {
    const auto say = [](std::string text) {
      api::response answer;
      answer.body = std::move(text);
      return answer;
    };
    api::handlers with;
    with["open"] = [say](const auto&, const auto&) { return say("open"); };
    with["show"] = [say](const auto&, const auto& path) { return say(path.at("user")); };
    with["put"] = [this, say](const auto& what, const auto&) {
      last_trace = what.traceparent;
      return say(std::to_string(what.body.size()) + " bytes");
    };
    with["broken"] = [](const auto&, const auto&) -> api::response {
      throw std::runtime_error("secret insides");
    };
    with["slow"] = [this, say](const auto&, const auto&) {
      entered.release();
      go_on.acquire();
      return say("done");
    };
    auto joined = api::join_routes(edge_table, api::surface::edge, with);
    REQUIRE(joined.has_value());
    auto started = api::edge_server::start(
      {std::make_shared<const api::router>(std::move(*joined)), settings, &keys, nullptr});
    REQUIRE_MESSAGE(started.has_value(), started.error().message);
    server = std::move(*started);
  }

  std::string ask(std::string_view bytes) const { return exchange(server->port(), bytes); }

  /// Whether an ordinary request is answered.
  bool is_alive() const {
    return ask("GET /open HTTP/1.1\r\nHost: l\r\n\r\n").starts_with("HTTP/1.1 200");
  }
};

inline const std::string host = "Host: laurel\r\n";
inline const std::string good_key = "X-API-Key: good\r\n";

} // namespace laurel::tests
