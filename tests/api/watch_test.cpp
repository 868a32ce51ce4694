#include "api/access.hpp"
#include "api/watch.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::api;

namespace {

state::held_badge badge(const std::string& id, std::uint32_t revision = 1) {
  schemas::decision last;
  last.grant_id = "g-" + id;
  last.badge_id = id;
  last.user_id = "ada";
  last.revision = revision;
  if (revision > 1)
    last.kind = schemas::decision_kind::amended;
  return {last};
}

/// One user who can be given badges.
class one_user final : public user_source {
public:
  schemas::result<position> where(const std::string&) override {
    if (is_away)
      return schemas::failure(schemas::errc::transient, "restoring");
    return at;
  }
  schemas::result<placed_user> read(const std::string&, const std::optional<position>&,
                                    std::chrono::milliseconds) override {
    ++reads;
    return placed_user{at, view};
  }

  schemas::result<placed_explanation> explain(state::explain_request,
                                              const std::optional<position>&,
                                              std::chrono::milliseconds) override {
    return schemas::failure(schemas::errc::refused, "nobody asks this here");
  }
  void commit(std::vector<state::held_badge> badges) {
    view.badges = std::move(badges);
    ++at.commit;
  }

  position at;
  state::user_view view{"ada", {}, {}, {}};
  int reads = 0;
  bool is_away = false;
};

struct world {
  one_user users;
  std::int64_t now_ms = 0;
  watch_desk desk{users, pepper("p"), {"https://shop.example"}, [this] { return now_ms; }};

  std::string token(const std::string& user = "ada") {
    const auto body = desk.mint({}, user).body;
    const auto from = body.find("\"token\":\"") + 9;
    return body.substr(from, body.find('"', from) - from);
  }

  response open(const std::string& with, fields headers = {}) {
    request what;
    what.query = {{"token", with}};
    what.headers = std::move(headers);
    return desk.open(what);
  }

  std::shared_ptr<event_stream> stream(const std::string& last_id = {}) {
    auto answer = open(token(), last_id.empty() ? fields{} : fields{{"last-event-id", last_id}});
    REQUIRE(answer.stream != nullptr);
    return answer.stream;
  }
};

/// The last id in the text of a stream.
std::string id_in(const std::string& text) {
  const auto at = text.rfind("id: ");
  return at == text.npos ? "" : text.substr(at + 4, text.find('\n', at) - at - 4);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t seen = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++seen;
  return seen;
}

} // namespace

TEST_SUITE("watch") {
  TEST_CASE("tells each change once, and looks at the user only when something was committed") {
    world w;
    const auto stream = w.stream();
    CHECK(stream->next()->starts_with("event: ready\n"));
    CHECK(stream->next() == "");
    CHECK(w.users.reads == 1);

    w.users.commit({badge("a"), badge("b")});
    const auto both = *stream->next();
    w.users.commit({badge("a", 2), badge("b")});
    const auto amended = *stream->next();
    w.users.commit({badge("b")});
    const auto withdrawn = *stream->next();

    CHECK(count_of(both, "event: granted\n") == 2);
    CHECK(count_of(both, "id: ") == 1); // With the last of them.
    CHECK(amended.starts_with("event: amended\nid: "));
    CHECK(withdrawn.starts_with("event: withdrawn\nid: "));
    CHECK(withdrawn.find("g-a") != std::string::npos);
    CHECK(stream->next() == "");
  }

  TEST_CASE("a stream that broke off goes on where it was, or starts again if that is forgotten") {
    world w;
    w.users.commit({badge("a")});
    const auto seen = id_in(*w.stream()->next());
    REQUIRE_FALSE(seen.empty());

    CHECK(w.stream(seen)->next()->starts_with("event: ready\n"));
    w.users.commit({badge("a"), badge("b")});
    const auto missed = *w.stream(seen)->next();
    const auto unknown = *w.stream("somewhere")->next();

    CHECK(missed.starts_with("event: granted\n"));
    CHECK(missed.find("g-b") != std::string::npos);
    CHECK(missed.find("g-a") == std::string::npos);
    CHECK(unknown.starts_with("event: reset\n"));
    CHECK(unknown.find("g-a") != std::string::npos);
    CHECK(id_in(unknown) == id_in(missed));
  }

  TEST_CASE("what is remembered of a user is bounded") {
    watch_memory memory;
    for (std::uint32_t i = 1; i <= watched_states_max + 1; ++i)
      memory.note("ada", {{"g", i}});

    CHECK_FALSE(memory.find("ada", event_id_of({{"g", 1}})).has_value());
    CHECK(memory.find("ada", event_id_of({{"g", 2}})).has_value());
    CHECK_FALSE(memory.find("bob", event_id_of({{"g", 2}})).has_value());
    for (std::size_t i = 0; i < watched_users_max; ++i)
      memory.note(std::to_string(i), {});
    CHECK_FALSE(memory.find("ada", event_id_of({{"g", 2}})).has_value());
  }

  TEST_CASE("a token is for one user, for a minute, and cannot be made up") {
    world w;
    const auto good = w.token();
    CHECK(w.open(good).stream != nullptr);
    for (auto bad :
         {std::string{}, good + "0", "x" + good, good.substr(0, good.find('.')),
          w.token("bob").substr(0, w.token("bob").find('.')) + good.substr(good.find('.'))})
      CHECK_MESSAGE(w.open(bad).status == 401, bad);
    CHECK_FALSE(read_watch(good, 0, pepper("another")).has_value());
    w.now_ms = 60'000;
    CHECK(w.open(good).status == 401);
  }

  TEST_CASE("a token names who asked for it, so that streams can be counted") {
    world w;
    request what;
    what.who = std::make_shared<const principal>(principal{.id = "kid", .scopes = {}, .users = {}});
    const auto body = w.desk.mint(what, "a:d:a").body;
    const auto from = body.find("\"token\":\"") + 9;
    const auto grant = read_watch(body.substr(from, body.find('"', from) - from), 0, pepper("p"));

    REQUIRE(grant.has_value());
    CHECK(grant->owner == "kid");
    CHECK(grant->user_id == "a:d:a");
  }

  TEST_CASE("pages of other origins may not watch") {
    world w;
    CHECK(w.open(w.token(), {{"origin", "https://shop.example"}}).stream != nullptr);
    CHECK(w.open(w.token(), {{"origin", "https://evil.example"}}).status == 403);
  }

  TEST_CASE("a user who is away for a moment is waited for, not for ever") {
    world w;
    const auto stream = w.stream();
    (void) stream->next();
    w.users.is_away = true;
    CHECK(stream->next() == "");
    w.users.is_away = false;
    CHECK(stream->next() == "");
    w.users.is_away = true;
    int questions = 0;
    while (stream->next() && questions < 1'000)
      ++questions;
    CHECK(questions < 100);
  }
}
