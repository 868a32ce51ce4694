#include "api/key_desk.hpp"

#include "tests/topology/cli/command_world.hpp"

using namespace laurel;
using namespace laurel::tests;

namespace {

/// Remembers what it was asked.
class fake_desk final : public api::key_desk {
public:
  schemas::result<api::minted_key> create(const api::key_wish& wish) override {
    wishes.push_back(wish);
    api::minted_key made;
    made.key.kid = "abcdefghij";
    made.key.name = wish.name;
    made.key.scopes = wish.scopes;
    made.text = "bk_abcdefghij_secret";
    keys.push_back(made.key);
    return made;
  }
  schemas::result<std::vector<api::api_key>> list() override { return keys; }
  schemas::result<void> disable(const std::string& kid) override {
    for (auto& key : keys)
      if (key.kid == kid)
        return key.is_enabled = false, schemas::result<void>{};
    return schemas::failure(schemas::errc::not_found, "there is no API key \"" + kid + "\"");
  }
  schemas::result<api::minted_key> rotate(const std::string& kid) override {
    return disable(kid).map([&] { return api::minted_key{keys.front(), "bk_abcdefghij_other"}; });
  }

  std::vector<api::key_wish> wishes;
  std::vector<api::api_key> keys;
};

struct world : command_world {
  fake_desk desk;
  world() { app.engine.desk = &desk; }
};

} // namespace

TEST_SUITE("keys command") {
  TEST_CASE("a new key is printed alone on standard output, so that it can be piped") {
    world w;

    CHECK(w.type({"keys", "create", "--name", "shop", "--scope", "read:badges", "--scope",
                  "write:events", "--user", "ada", "--per-minute", "7", "--lifetime", "90d",
                  "--embedded", "d"})
          == 0);

    CHECK(w.out == "bk_abcdefghij_secret\n");
    CHECK(w.err.find("abcdefghij") != std::string::npos);
    REQUIRE(w.desk.wishes.size() == 1);
    const auto& wish = w.desk.wishes[0];
    CHECK(wish.name == "shop");
    CHECK(wish.scopes.has(api::scope::write_events));
    CHECK_FALSE(wish.scopes.has(api::scope::read_users));
    CHECK(wish.users == std::vector<std::string>{"ada"});
    CHECK(wish.requests_per_minute == 7);
    CHECK(wish.lifetime == std::chrono::hours(90 * 24));
  }

  TEST_CASE("keys are listed, disabled and rotated by name") {
    world w;
    w.type({"keys", "create", "--scope", "read:badges", "--embedded", "d"});

    CHECK(w.type({"keys", "list", "--embedded", "d"}) == 0);
    CHECK(w.out.find("abcdefghij") != std::string::npos);
    CHECK(w.out.find("read:badges") != std::string::npos);
    CHECK(w.type({"keys", "disable", "abcdefghij", "--embedded", "d"}) == 0);
    CHECK_FALSE(w.desk.keys[0].is_enabled);
    CHECK(w.type({"keys", "rotate", "abcdefghij", "--embedded", "d"}) == 0);
    CHECK(w.out == "bk_abcdefghij_other\n");
    CHECK(w.type({"keys", "disable", "nobody", "--embedded", "d"}) == 66);
  }

  TEST_CASE("a scope or a lifetime that is none is a mistake, and no desk says what to set") {
    world w;
    CHECK(w.type({"keys", "create", "--scope", "all", "--embedded", "d"}) == 64);
    CHECK(w.err.find("read:badges") != std::string::npos);
    CHECK(w.type({"keys", "create", "--scope", "read:badges", "--lifetime", "x", "--embedded", "d"})
          == 64);
    CHECK(w.type({"keys", "create", "--embedded", "d"}) == 64);
    CHECK(w.desk.wishes.empty());
    w.app.engine.desk = nullptr;
    CHECK(w.type({"keys", "list", "--embedded", "d"}) == 78);
    CHECK(w.err.find("BADGE_HTTP_PEPPER") != std::string::npos);
  }
}
