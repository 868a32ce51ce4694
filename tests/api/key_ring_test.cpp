#include "api/key_ring.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace laurel;
using namespace laurel::api;

namespace {

struct ring_world {
  key_ring ring{pepper("salt and more"), pepper("")};

  /// Makes a key, stores it, and returns what its owner is shown.
  std::string make(api_key key = {}) {
    key.scopes.add(scope::read_badges);
    const auto text = mint(key, ring.current());
    kid = key.kid;
    CHECK(ring.apply(record_key_of(key.kid), encode(key)).empty());
    return text;
  }

  std::string kid;
};

} // namespace

TEST_SUITE("API keys") {
  TEST_CASE("the one who holds the secret is known, and no stored text holds it") {
    ring_world w;
    const auto text = w.make();

    const auto who = w.ring.check(text, 0);

    REQUIRE(who != nullptr);
    CHECK(who->id == w.kid);
    CHECK(who->scopes.has(scope::read_badges));
    CHECK_FALSE(who->scopes.has(scope::write_events));
    CHECK(encode(*w.ring.find(w.kid)).find(text.substr(14)) == std::string::npos);
  }

  TEST_CASE("a secret that is off by anything fits nothing") {
    ring_world w;
    const auto text = w.make();

    auto other_secret = text;
    other_secret.back() = text.back() == 'A' ? 'E' : 'A';
    auto other_kid = text;
    other_kid[4] = text[4] == 'a' ? 'b' : 'a';
    for (const auto& bad : {other_secret, other_kid, text + "A", text.substr(1), std::string{},
                            std::string("bk_"), std::string(57, '_'), std::string(100'000, 'x')})
      CHECK_MESSAGE(w.ring.check(bad, 0) == nullptr, bad.substr(0, 80));
  }

  TEST_CASE("disabled, expired, deleted or damaged keys let nobody in") {
    ring_world w;
    api_key timed;
    timed.expires_at_ms = 1'000'000;
    const auto text = w.make(timed);

    CHECK(w.ring.check(text, 999'999) != nullptr);
    CHECK(w.ring.check(text, 1'060'000) == nullptr); // A minute of clock skew is allowed for.
    auto key = *w.ring.find(w.kid);
    key.is_enabled = false;
    w.ring.apply(record_key_of(w.kid), encode(key));
    CHECK(w.ring.check(text, 0) == nullptr);
    key.is_enabled = true;
    w.ring.apply(record_key_of(w.kid), encode(key));
    CHECK(w.ring.check(text, 0) != nullptr);
    CHECK_FALSE(w.ring.apply(record_key_of(w.kid), "rubbish").empty());
    CHECK(w.ring.check(text, 0) == nullptr);
    w.ring.apply(record_key_of(w.kid), encode(key));
    w.ring.apply(record_key_of(w.kid), std::nullopt);
    CHECK(w.ring.check(text, 0) == nullptr);
  }

  TEST_CASE("a rotated key has a new secret and the same name; the old secret is over") {
    ring_world w;
    const auto before = w.make();
    const auto kid = w.kid;

    const auto after = w.make(*w.ring.find(kid));

    CHECK(w.kid == kid);
    CHECK(w.ring.check(before, 0) == nullptr);
    CHECK(w.ring.check(after, 0) != nullptr);
  }

  TEST_CASE("while a pepper is changed, keys of both are good; afterwards only the new ones") {
    ring_world w;
    const auto text = w.make();
    const auto stored = encode(*w.ring.find(w.kid));
    key_ring changing(pepper("new"), pepper("salt and more"));
    key_ring changed(pepper("new"), pepper(""));

    changing.apply(record_key_of(w.kid), stored);
    changed.apply(record_key_of(w.kid), stored);

    CHECK(changing.check(text, 0) != nullptr);
    CHECK(changed.check(text, 0) == nullptr);
  }

  TEST_CASE("what is stored reads back, and later members are skipped") {
    api_key key;
    key.users = {"ada", "bob"};
    key.name = "the shop";
    key.requests_per_minute = 7;
    key.expires_at_ms = 5;
    key.scopes = scope_set::all();
    mint(key, pepper("p"));

    auto text = encode(key);
    text.insert(1, R"("later":{},)");
    const auto back = decode_api_key(text);

    REQUIRE(back.has_value());
    CHECK(encode(*back) == encode(key));
    CHECK_FALSE(decode_api_key("[]").has_value());
  }

  TEST_CASE("kids are made of base32 and hardly ever twice the same") {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
      api_key key;
      const auto text = mint(key, pepper("p"));
      CHECK(split_api_key(text)->kid == key.kid);
      seen.insert(key.kid);
    }
    CHECK(seen.size() == 1'000);
  }
}
