#include "topology/config.hpp"
#include "topology/http_rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using namespace laurel::topology;

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

config_outcome load(pairs environment) {
  return load_config({std::nullopt, std::move(environment), {}, "host", "/"});
}

bool is_refused(const pairs& environment, const std::string& why) {
  const auto faults = load(environment).faults;
  return std::ranges::any_of(
    faults, [&](const std::string& fault) { return fault.find(why) != fault.npos; });
}

} // namespace

TEST_SUITE("http settings") {
  TEST_CASE("nothing is served unless a port is given, and then only in a safe way") {
    CHECK(load({}).faults.empty());
    CHECK(load({}).values.http.port == 0);
    CHECK(load({{"BADGE_API_PORT", "8080"}, {"BADGE_ENV", "dev"}}).faults.empty());
    CHECK(is_refused({{"BADGE_API_PORT", "8080"}, {"BADGE_HTTP_ADDRESS", "0.0.0.0"}}, "needs TLS"));
    CHECK(is_refused(
      {{"BADGE_API_PORT", "8080"}, {"BADGE_HTTP_ADDRESS", "0.0.0.0"}, {"BADGE_ENV", "dev"}},
      "needs TLS"));
    CHECK(is_refused({{"BADGE_API_PORT", "8080"}}, "needs API keys"));
    CHECK(load({{"BADGE_API_PORT", "8080"}, {"BADGE_HTTP_PEPPER", "p"}}).faults.empty());
    CHECK(load({{"BADGE_API_PORT", "8080"}, {"BADGE_EMBEDDED_DIR", "/tmp/x"}}).faults.empty());
    CHECK(is_refused({{"BADGE_API_PORT", "9990"}, {"BADGE_ENV", "dev"}},
                     "/metrics has a port of its own"));
  }

  TEST_CASE("lists are checked word by word") {
    CHECK(is_refused({{"BADGE_CORS_ORIGINS", "https://a.example,b.example"}}, "b.example"));
    CHECK(is_refused({{"BADGE_CORS_ORIGINS", "*"}}, "no origin"));
    CHECK(is_refused({{"BADGE_CORS_ORIGINS", "https://a.example/"}}, "no origin"));
    CHECK(is_refused({{"TRUSTED_PROXY_CIDRS", "10.0.0.0/8,proxy"}}, "proxy"));
    CHECK(is_refused({{"BADGE_HTTP_DENIED", "10.0.0.0/99"}}, "10.0.0.0/99"));
  }

  TEST_CASE("lists become what the gate works with; a key is optional on loopback in dev alone") {
    auto loaded = load({{"BADGE_CORS_ORIGINS", "https://a.example, https://b.example"},
                        {"TRUSTED_PROXY_CIDRS", "10.0.0.0/8,::1"},
                        {"BADGE_API_PORT", "8080"},
                        {"BADGE_ENV", "dev"}});
    REQUIRE(loaded.faults.empty());

    const auto edge = edge_of(loaded.values.http, true);

    CHECK(edge.port == 8080);
    CHECK(edge.gate.origins == std::vector<std::string>{"https://a.example", "https://b.example"});
    CHECK(edge.gate.trusted_proxies.size() == 2);
    CHECK(edge.gate.is_key_optional);
    CHECK_FALSE(edge_of(loaded.values.http, false).gate.is_key_optional);
    loaded.values.http.edge.address = "0.0.0.0";
    CHECK_FALSE(edge_of(loaded.values.http, true).gate.is_key_optional);
  }
}
