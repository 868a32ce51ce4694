#include "api/catalogue_desk.hpp"

#include "tests/topology/cli/command_world.hpp"

using namespace laurel;
using namespace laurel::tests;

namespace {

/// Takes what is good, and remembers it.
class fake_catalogue final : public api::catalogue_desk {
public:
  schemas::result<api::catalogue_change> publish(const std::string& json) override {
    auto read = state::read_catalogue(json);
    if (!read.faults.empty())
      return api::catalogue_change{0, 0, std::move(read.faults)};
    all = std::move(read.entries);
    return api::catalogue_change{all.size(), 1, {}};
  }
  schemas::result<std::vector<state::catalogue_entry>> entries() override { return all; }

  std::vector<state::catalogue_entry> all;
};

struct world : command_world {
  fake_catalogue catalogue;
  world() { app.engine.badges = &catalogue; }

  std::string file(const std::string& text) const {
    std::ofstream(directory / "badges.json") << text;
    return (directory / "badges.json").string();
  }
};

const std::string good =
  R"({"badges":[{"id":"A","names":{"en":"A"}},{"id":"B","names":{"en":"B"},"hidden":true}]})";

} // namespace

TEST_SUITE("catalogue commands") {
  TEST_CASE("a file is checked without an engine, with every fault and its place") {
    world w;

    CHECK(w.type({"catalogue", "check", w.file(good)}) == 0);
    CHECK(w.out.find("2 entries are good.") != std::string::npos);
    CHECK(w.type({"catalogue", "check", w.file(R"({"badges":[{"id":"A"}],"x":1})")}) == 65);
    CHECK(w.err.find("/badges/0: needs \"names\"") != std::string::npos);
    CHECK(w.err.find("/x: ") != std::string::npos);
    CHECK(w.type({"catalogue", "check", "nowhere.json"}) == 66);
  }

  TEST_CASE("entries are published and listed") {
    world w;

    CHECK(w.type({"catalogue", "list", "--embedded", "d"}) == 0);
    CHECK(w.out.find("Nothing yet") != std::string::npos);
    CHECK(w.type({"catalogue", "publish", w.file(good), "--embedded", "d"}) == 0);
    CHECK(w.out == "published 2, unchanged 1\n");
    CHECK(w.type({"catalogue", "list", "--embedded", "d"}) == 0);
    CHECK(w.out.find("badge  B   hidden") != std::string::npos);
    CHECK(w.type({"catalogue", "publish", w.file("{}}"), "--embedded", "d"}) == 65);
    CHECK(w.err.find("nothing was published") != std::string::npos);
  }
}
