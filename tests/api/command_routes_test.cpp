#include "api/access.hpp"
#include "api/command_routes.hpp"

#include "tests/api/fake_gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace laurel;
using namespace laurel::api;
using schemas::command_kind;

namespace {

/// Users whose commands are carried out as soon as somebody looks, unless they are held back.
class obedient_users final : public user_source {
public:
  explicit obedient_users(const tests::fake_gateway& engine) : engine_(engine) {}

  schemas::result<placed_user> read(const std::string& user_id, const std::optional<position>&,
                                    std::chrono::milliseconds) override {
    state::user_view view;
    view.user_id = user_id;
    for (const auto& each : engine_.commands) {
      state::command_outcome outcome;
      outcome.id = each.id;
      outcome.kind = each.kind;
      outcome.problem = problem;
      outcome.fingerprint = state::fingerprint_of(each);
      if (each.user_id == user_id && !is_slow)
        view.commands.push_back(outcome);
    }
    return placed_user{{}, view};
  }

  schemas::result<placed_explanation> explain(state::explain_request,
                                              const std::optional<position>&,
                                              std::chrono::milliseconds) override {
    return schemas::failure(schemas::errc::refused, "nobody asks this here");
  }
  schemas::result<position> where(const std::string&) override { return position{}; }

  std::string problem;
  bool is_slow = false;

private:
  const tests::fake_gateway& engine_;
};

struct world {
  tests::fake_gateway engine;
  obedient_users users{engine};
  handlers all;

  world() {
    add_commands(all, {.pipeline = &engine, .users = &users, .checks = {}, .now_ms = [] {
                         return std::int64_t{5'000};
                       }});
  }

  response ask(const std::string& body, fields headers = {}, fields query = {{"wait", "2s"}},
               const scope_set& scopes = scope_set::all()) {
    request what{.verb = method::post,
                 .path = {},
                 .query = std::move(query),
                 .headers = std::move(headers),
                 .body = body};
    what.who =
      std::make_shared<const principal>(principal{.id = "key-7", .scopes = scopes, .users = {}});
    return all.at("ask_command")(what, {{"user", "ada"}});
  }
};

scope_set only(scope what) {
  scope_set one;
  one.add(what);
  return one;
}

const std::string redeem = R"({"command":"redeem","badge_id":"Coffee"})";

} // namespace

TEST_SUITE("command routes") {
  TEST_CASE("a command is what the request says it is, and who waits gets the outcome") {
    world w;

    const auto answer = w.ask(redeem, {{"idempotency-key", "k 1"}, {"if-match", "\"3\""}});
    CHECK(answer.status == 200);
    CHECK(nlohmann::json::parse(answer.body)["status"] == "done");
    REQUIRE(w.engine.commands.size() == 1);
    const auto& asked = w.engine.commands.front();
    CHECK(asked.id == "k 1");
    CHECK(asked.user_id == "ada");
    CHECK(asked.kind == command_kind::redeem);
    CHECK(asked.at.ms == 5'000);
    CHECK(asked.if_revision == 3);
    CHECK(asked.actor == "key-7");
  }

  TEST_CASE("who does not wait, or not long enough, is told where to look") {
    world w;
    w.users.is_slow = true;

    const auto answer = w.ask(redeem, {{"idempotency-key", "k 1"}}, {});
    CHECK(answer.status == 202);
    CHECK(value_of(answer.headers, "location") == "/api/v1/users/ada/commands/k%201");
    CHECK(w.ask(redeem, {}, {{"wait", "20ms"}}).status == 202);
    const auto& show = w.all.at("user_command");
    CHECK(show({}, {{"user", "ada"}, {"command", "k 1"}}).status == 404);
    w.users.is_slow = false;
    CHECK(show({}, {{"user", "ada"}, {"command", "k 1"}}).status == 200);
  }

  TEST_CASE("a repeat is answered as the first was and sent no more; another command is refused") {
    world w;
    const fields key{{"idempotency-key", "k"}};

    CHECK(w.ask(redeem, key).status == 200);
    CHECK(w.ask(redeem, key).status == 200);
    CHECK(w.engine.commands.size() == 1);
    CHECK(w.ask(R"({"command":"pin","badge_id":"Coffee"})", key).status == 422);
    CHECK(w.ask(redeem).status == 200); // Without a key it is a new one.
    CHECK(w.engine.commands.size() == 2);
  }

  TEST_CASE("what was refused is told with a status of its own") {
    world w;
    for (const auto& [problem, status] :
         {std::pair("not-found", 404), {"version-mismatch", 412}, {"not-held", 409}}) {
      w.users.problem = problem;
      const auto answer = w.ask(redeem);
      CHECK(answer.status == status);
      CHECK(answer.content_type == problem_type);
    }
  }

  TEST_CASE("a user is erased with a verb of its own, by a key that may") {
    world w;
    request what{
      .verb = method::del, .path = {}, .query = {{"wait", "2s"}}, .headers = {}, .body = {}};
    what.who = std::make_shared<const principal>(
      principal{.id = "key-8", .scopes = only(scope::erase_users), .users = {}});

    const auto answer = w.all.at("erase_user")(what, {{"user", "ada"}});

    CHECK(answer.status == 200);
    REQUIRE(w.engine.commands.size() == 1);
    CHECK(w.engine.commands[0].kind == command_kind::erase);
    CHECK(w.ask(R"({"command":"erase"})", {}, {}, only(scope::write_grants)).status == 403);
  }

  TEST_CASE("a certificate is shown, and reads back") {
    world w;
    w.engine.certificate = {
      "ada",
      {1'000},
      {2'000},
      "k",
      {{"store", "", true, {}, "at once"},
       {"grants", "badge.grants", false, schemas::event_time{3'000}, "retention"}}};

    const auto answer = w.all.at("user_erasure")({}, {{"user", "ada"}});

    CHECK(answer.status == 200);
    CHECK(parse_certificate(answer.body) == w.engine.certificate);
    CHECK(w.all.at("user_erasure")({}, {{"user", "bob"}}).status == 404);
    CHECK_FALSE(parse_certificate("{}").has_value());
  }

  TEST_CASE("mistakes are told before anything is sent") {
    world w;
    CHECK(w.ask("redeem").status == 422);
    CHECK(w.ask(R"({"command":"redeem"})").status == 422);
    CHECK(w.ask(R"({"command":"redeem","badge_id":"B","user_id":"bob"})").status == 422);
    CHECK(w.ask(redeem, {{"if-match", "x"}}).status == 422);
    CHECK(w.ask(redeem, {{"idempotency-key", std::string(300, 'k')}}).status == 422);
    for (const auto* const wait : {"2", "s", "-1s", "11s", "x", "", "99999999999999999999s"})
      CHECK_MESSAGE(w.ask(redeem, {}, {{"wait", wait}}).status == 422, wait);
    CHECK(w.engine.commands.empty());
  }

  TEST_CASE("a key for users' own commands grants and revokes nothing") {
    world w;
    scope_set own;
    own.add(scope::write_redemption);

    CHECK(w.ask(redeem, {}, {{"wait", "2s"}}, own).status == 200);
    for (const auto* const kind : {"grant", "revoke"})
      CHECK(
        w.ask(R"({"command":")" + std::string(kind) + R"(","badge_id":"B"})", {}, {}, own).status
        == 403);
    CHECK(w.engine.commands.size() == 1);
  }
}
