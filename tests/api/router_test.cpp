#include "api/router.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace laurel::api;

namespace {

response echo(const request&, const path_values& values) {
  response answer;
  for (const auto& [name, value] : values)
    answer.body += name + "=" + value + ";";
  return answer;
}

router sample() {
  return router({{method::get, "/users", 0, echo},
                 {method::get, "/users/{user}", 0, echo},
                 {method::del, "/users/{user}", 0, echo},
                 {method::get, "/users/{user}/badges/{badge}", 0, echo},
                 {method::post, "/throws", 10, [](const request&, const path_values&) -> response {
                    throw std::runtime_error("secret");
                  }}});
}

response ask(method verb, const std::string& path) {
  return sample().handle({verb, path, {}, {}, {}});
}

} // namespace

TEST_SUITE("router") {
  TEST_CASE("a path finds its row and gives its values, decoded once") {
    CHECK(ask(method::get, "/users").body.empty());
    CHECK(ask(method::get, "/users/alice").body == "user=alice;");
    CHECK(ask(method::get, "/users/a%20b/badges/%E2%98%85").body == "badge=\u2605;user=a b;");
    CHECK(ask(method::get, "/users/a%2541").body == "user=a%41;");
  }

  TEST_CASE("HEAD is answered by the handler of GET") {
    CHECK(ask(method::head, "/users/alice").status == 200);
  }

  TEST_CASE("an unknown path is a 404, a known one with another method a 405 that names them") {
    CHECK(ask(method::get, "/nothing").status == 404);

    const auto answer = ask(method::post, "/users/alice");

    CHECK(answer.status == 405);
    CHECK(answer.content_type == problem_type);
    CHECK(value_of(answer.headers, "allow") == "GET, DELETE");
  }

  TEST_CASE("no second spelling reaches a resource") {
    for (const auto* path :
         {"/users/", "//users", "/users//alice", "/./users", "/users/..", "/users/%2e%2e",
          "/users/a%2Fb", "/users/a%5Cb", "/users/a%00b", "/users/%", "/users/a%0Ab", "users", ""})
      CHECK_MESSAGE(ask(method::get, path).status == 400, path);
    CHECK(ask(method::get, "/USERS").status == 404);
    CHECK(ask(method::get, "/%75sers").status == 200); // The same segment, escaped without need.
  }

  TEST_CASE("a handler that throws is a 500 that tells nothing of our insides") {
    const auto answer = ask(method::post, "/throws");

    CHECK(answer.status == 500);
    CHECK(answer.body.find("secret") == std::string::npos);
  }

  TEST_CASE("the body limit of a row is known before a body is read") {
    const auto table = sample();

    CHECK(table.find(method::post, "/throws").row->body_bytes_max == 10);
  }
}
