#include "api/gate.hpp"

#include "tests/api/edge_world.hpp"

using namespace laurel;
using namespace laurel::api;
using namespace laurel::tests;

namespace {

/// A gate over the routes of `edge_table`, with no socket in front of it.
struct gate_world {
  fake_keys keys;
  std::unique_ptr<gate> door;
  std::string peer = "192.0.2.1";
  std::int64_t now_ms = 0;

  explicit gate_world(const gate_settings& settings = {}) {
    handlers with;
    for (const auto& row : edge_table)
      with[row.operation] = [](const auto&, const auto&) { return response{}; };
    auto routes = join_routes(edge_table, surface::edge, with);
    door =
      std::make_unique<gate>(std::make_shared<const router>(std::move(*routes)), settings, &keys);
  }

  admission ask(std::optional<method> verb, std::string path, fields headers = {}) {
    request what;
    what.verb = verb.value_or(method::get);
    what.path = std::move(path);
    what.headers = std::move(headers);
    return door->examine({verb, &what, boost::asio::ip::make_address(peer), false, now_ms});
  }

  int status(std::optional<method> verb, std::string path, fields headers = {}) {
    const auto got = ask(verb, std::move(path), std::move(headers));
    return got.refusal ? got.refusal->status : 200;
  }
};

const fields good{{"x-api-key", "good"}};
const fields poor{{"x-api-key", "poor"}};

} // namespace

TEST_SUITE("gate") {
  TEST_CASE("who shows a key of the right scope comes in, by either header") {
    gate_world w;

    CHECK(w.status(method::get, "/users/ada", good) == 200);
    CHECK(w.status(method::get, "/users/ada", {{"authorization", "Bearer good"}}) == 200);
    CHECK(w.status(method::head, "/users/ada", good) == 200);
    CHECK(w.ask(method::get, "/users/ada", good).who->id == "good");
  }

  TEST_CASE("everybody else is refused, and nothing is told of what there is") {
    gate_world w;

    CHECK(w.status(method::get, "/users/ada") == 401);
    CHECK(w.status(method::get, "/nowhere") == 401);
    CHECK(w.status(method::put, "/users/ada") == 401);
    CHECK(w.status(method::get, "/users/ada", {{"x-api-key", "bad"}}) == 401);
    CHECK(w.status(method::get, "/users/ada", {{"x-api-key", ""}}) == 401);
    CHECK(w.status(method::get, "/users/ada", {{"authorization", "Basic good"}}) == 401);
    CHECK(
      w.status(method::get, "/users/ada", {{"x-api-key", "good"}, {"authorization", "Bearer good"}})
      == 401);
    CHECK(w.status(method::get, "/nowhere", good) == 404);
    CHECK(w.status(method::put, "/users/ada", good) == 405);
    CHECK(w.status(std::nullopt, "/users/ada", good) == 405);
  }

  TEST_CASE("a scope that is missing and a user who is not one's own look alike") {
    gate_world w;

    const auto scope_missing = w.ask(method::post, "/things", poor);
    const auto not_own = w.ask(method::get, "/users/bob", poor);

    CHECK(scope_missing.refusal->status == 403);
    CHECK(not_own.refusal->status == 403);
    CHECK(w.status(method::get, "/users/ada", poor) == 200);
    CHECK(w.status(method::get, "/users/%61da", poor) == 200);
  }

  TEST_CASE("an open route asks nobody") {
    gate_world w;

    CHECK(w.status(method::get, "/open") == 200);
    CHECK(w.status(method::get, "/open", {{"x-api-key", "bad"}}) == 200);
  }

  TEST_CASE("without a key an address has its own, smaller limit, and guessing counts") {
    gate_settings settings;
    settings.ip_requests_per_minute = 3;
    gate_world w(settings);

    for (int i = 0; i < 3; ++i)
      CHECK(w.status(method::get, "/users/ada", {{"x-api-key", "bad"}}) == 401);
    const auto refused = w.ask(method::get, "/users/ada", {{"x-api-key", "bad"}});

    CHECK(refused.refusal->status == 429);
    CHECK(value_of(refused.refusal->headers, "retry-after") == "20");
    CHECK(w.status(method::get, "/users/ada", good) == 200); // The key has a limit of its own.
    w.peer = "192.0.2.2";
    CHECK(w.status(method::get, "/users/ada") == 401);
  }

  TEST_CASE("a key has its minute, and every answer says what is left of it") {
    gate_settings settings;
    settings.key_requests_per_minute = 2;
    gate_world w(settings);

    const auto first = w.ask(method::get, "/users/ada", good);
    CHECK(w.status(method::get, "/nowhere", good) == 404); // That counts as well.
    const auto third = w.ask(method::get, "/users/ada", good);

    CHECK(value_of(first.headers, "ratelimit-limit") == "2");
    CHECK(value_of(first.headers, "ratelimit-remaining") == "1");
    CHECK(third.refusal->status == 429);
    w.now_ms = 30'000;
    CHECK(w.status(method::get, "/users/ada", good) == 200);
  }

  TEST_CASE("while the keys are not read, nobody is taken for good") {
    gate_world w;
    w.keys.caught_up = false;

    CHECK(w.status(method::get, "/users/ada", good) == 503);
    CHECK(w.status(method::get, "/open") == 200);
  }

  TEST_CASE("where a key is optional, a wrong one is still wrong") {
    gate_settings settings;
    settings.is_key_optional = true;
    gate_world w(settings);

    CHECK(w.status(method::get, "/users/ada") == 200);
    CHECK(w.status(method::get, "/users/ada", {{"x-api-key", "bad"}}) == 401);
    CHECK(w.status(method::get, "/nowhere") == 404);
  }

  TEST_CASE("pages of other origins get nothing; those of the list are told so") {
    gate_settings settings;
    settings.origins = {"https://shop.example"};
    gate_world w(settings);
    const fields asked{{"origin", "https://shop.example"},
                       {"access-control-request-method", "GET"}};
    const fields foreign{{"origin", "https://evil.example"},
                         {"access-control-request-method", "GET"}};

    const auto ours = w.ask(method::options, "/users/ada", asked);
    const auto theirs = w.ask(method::options, "/users/ada", foreign);

    CHECK(ours.refusal->status == 204);
    CHECK(value_of(ours.headers, "access-control-allow-origin") == "https://shop.example");
    CHECK(value_of(ours.refusal->headers, "access-control-allow-methods") == "GET, OPTIONS");
    CHECK(value_of(theirs.refusal->headers, "allow") == "GET, OPTIONS");
    CHECK_FALSE(value_of(theirs.headers, "access-control-allow-origin").has_value());
    CHECK_FALSE(value_of(theirs.refusal->headers, "access-control-allow-methods").has_value());
    CHECK(value_of(theirs.headers, "vary") == "origin");
    CHECK(w.status(method::options, "/nowhere") == 401);
  }

  TEST_CASE("limits go by the client behind a trusted proxy, and a denied one gets nothing") {
    gate_settings settings;
    settings.trusted_proxies = {address_range::parse("192.0.2.1").value()};
    settings.denied = {address_range::parse("203.0.113.0/24").value()};
    gate_world w(settings);

    CHECK(w.status(method::get, "/open", {{"x-forwarded-for", "203.0.113.9"}}) == 403);
    CHECK(w.ask(method::get, "/open", {{"x-forwarded-proto", "https"}}).is_https);
    w.peer = "192.0.2.2";
    CHECK(w.status(method::get, "/open", {{"x-forwarded-for", "203.0.113.9"}}) == 200);
    CHECK_FALSE(w.ask(method::get, "/open", {{"x-forwarded-proto", "https"}}).is_https);
  }

  TEST_CASE("an address that others reach is not bound without TLS and keys") {
    edge_settings settings;
    CHECK(bind_fault(settings, false, true).empty());
    CHECK(bind_fault(settings, true, false).empty());
    CHECK(bind_fault(settings, false, false).find("keys") != std::string::npos);
    settings.address = "0.0.0.0";
    CHECK(bind_fault(settings, true, true).find("TLS") != std::string::npos);
    settings.certificate = "cert.pem";
    CHECK(bind_fault(settings, true, true).find("belong together") != std::string::npos);
    settings.key = "key.pem";
    CHECK(bind_fault(settings, true, true).empty());
    CHECK(bind_fault(settings, false, true).find("keys") != std::string::npos);
    settings.address = "laurel.example";
    CHECK(bind_fault(settings, true, true).find("no IP address") != std::string::npos);
  }
}
