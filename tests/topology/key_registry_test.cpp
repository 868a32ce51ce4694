#include "api/control_server.hpp"
#include "api/remote_gateway.hpp"
#include "api/routes.hpp"
#include "topology/key_registry.hpp"

#include "tests/api/fake_gateway.hpp"
#include "tests/topology/embedded/embedded_world.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sys/stat.h>

using namespace laurel;
using namespace laurel::topology;

namespace {

settings embedded_in(const std::filesystem::path& directory) {
  settings values;
  values.embedded_directory = directory;
  return values;
}

/// A registry over an embedded log, as a process has one.
struct world {
  tests::temp_directory directory;
  std::unique_ptr<embedded_log> log;
  std::unique_ptr<key_registry> registry;

  world() { open(); }

  void open() {
    registry.reset();
    log.reset();
    auto opened = embedded_log::open(tests::small_settings(directory.path() / "log"));
    REQUIRE(opened.has_value());
    log = std::move(*opened);
    auto peppers = peppers_of(embedded_in(directory.path()));
    REQUIRE(peppers.has_value());
    registry = std::make_unique<key_registry>(log->identity(), *peppers, nullptr);
    REQUIRE(registry->wait_until_read(std::chrono::seconds(10)).has_value());
  }

  static api::key_wish wish() {
    api::key_wish made;
    made.name = "the shop";
    made.scopes.add(api::scope::read_badges);
    return made;
  }
};

} // namespace

TEST_SUITE("key registry") {
  TEST_CASE("a key is good as soon as it is made, and after a restart") {
    world w;
    const auto made = w.registry->create(w.wish());
    REQUIRE(made.has_value());
    CHECK(w.registry->ring().check(made->text, 0) != nullptr);

    w.open();

    CHECK(w.registry->ring().check(made->text, 0) != nullptr);
    CHECK(w.registry->list()->at(0).name == "the shop");
  }

  TEST_CASE("a key that is disabled is over, one that is rotated has a new text") {
    world w;
    const auto made = w.registry->create(w.wish());

    REQUIRE(w.registry->disable(made->key.kid).has_value());
    CHECK(w.registry->ring().check(made->text, 0) == nullptr);
    const auto rotated = w.registry->rotate(made->key.kid);
    REQUIRE(rotated.has_value());
    CHECK(w.registry->ring().check(rotated->text, 0) != nullptr);
    CHECK(w.registry->ring().check(made->text, 0) == nullptr);
    CHECK(w.registry->disable("nobody").error().code == schemas::errc::not_found);
    CHECK(w.registry->rotate("nobody").error().code == schemas::errc::not_found);
  }

  TEST_CASE("an embedded log has a pepper of its own, its owner's alone; brokers need one") {
    tests::temp_directory directory;
    const auto first = peppers_of(embedded_in(directory.path()));
    const auto again = peppers_of(embedded_in(directory.path()));
    struct stat facts {};
    REQUIRE(::stat((directory.path() / "http.pepper").c_str(), &facts) == 0);

    CHECK(first->first.id() == again->first.id());
    CHECK((facts.st_mode & 0777U) == 0600);
    CHECK(peppers_of(settings{}).error().code == schemas::errc::bad_setting);
    settings given;
    given.http.pepper = "given";
    CHECK(peppers_of(given)->first.id() == api::pepper("given").id());
    std::ofstream(directory.path() / "http.pepper") << "";
    CHECK(peppers_of(embedded_in(directory.path())).error().code == schemas::errc::refused);
  }

  TEST_CASE("keys are made and ended over the control socket, and the MAC stays inside") {
    world w;
    tests::fake_gateway engine;
    engine.desk = w.registry.get();
    const auto server = api::control_server::start(
      w.directory.path(), std::make_shared<const api::router>(api::v1_routes(engine)));
    REQUIRE(server.has_value());
    auto remote = api::remote_gateway::connect(w.directory.path());
    auto& desk = *(*remote)->keys();

    auto wish = w.wish();
    wish.users = {"ada"};
    wish.lifetime = std::chrono::hours(1);
    const auto made = desk.create(wish);
    REQUIRE_MESSAGE(made.has_value(), made.error().message);
    CHECK(w.registry->ring().check(made->text, 0)->users == std::vector<std::string>{"ada"});
    CHECK(made->key.mac.empty());
    const auto all = desk.list();
    REQUIRE(all->size() == 1);
    CHECK(all->at(0).mac.empty());
    CHECK(all->at(0).expires_at_ms.has_value());
    const auto rotated = desk.rotate(made->key.kid);
    CHECK(w.registry->ring().check(rotated->text, 0) != nullptr);
    CHECK(desk.disable(made->key.kid).has_value());
    CHECK(w.registry->ring().check(rotated->text, 0) == nullptr);
    CHECK(desk.disable("nobody").error().code == schemas::errc::not_found);
    CHECK(desk.create({}).error().code == schemas::errc::bad_input);
  }
}
