#include "api/edge_reply.hpp"

#include <doctest/doctest.h>

using namespace laurel::api;

TEST_SUITE("edge reply") {
  TEST_CASE("an answer is a head with all that is on every answer, and the body") {
    response reply;
    reply.body = "{}";
    reply.headers = {{"etag", "\"x\""}};
    const fields more{{"vary", "origin"}};

    const auto text =
      reply_text(reply, {.date = "then", .request_id = "r1", .traceparent = {}, .headers = &more});

    CHECK(text.starts_with("HTTP/1.1 200 OK\r\ndate: then\r\n"));
    for (const auto* const line :
         {"content-type: application/json", "content-length: 2", "connection: keep-alive",
          "cache-control: no-store", "x-request-id: r1", "etag: \"x\"", "vary: origin"})
      CHECK_MESSAGE(text.find(std::string("\r\n") + line + "\r\n") != std::string::npos, line);
    CHECK(text.find("strict-transport-security") == std::string::npos);
    CHECK(text.ends_with("\r\n\r\n{}"));
  }

  TEST_CASE("over https browsers are told to stay there; a body-less status has no length") {
    response none;
    none.status = 204;
    none.content_type.clear();

    const auto text = reply_text(
      none, {.date = "d", .request_id = {}, .traceparent = {}, .keep = false, .is_https = true});

    CHECK(text.find("strict-transport-security: max-age=31536000") != std::string::npos);
    CHECK(text.find("connection: close") != std::string::npos);
    CHECK(text.find("content-length") == std::string::npos);
  }

  TEST_CASE("who has the answer already is told so, and sent nothing") {
    const auto answered = [](const std::string& known, const std::string& body) {
      request what;
      if (!known.empty())
        what.headers = {{"if-none-match", known}};
      response reply;
      reply.body = body;
      apply_conditions(what, reply, true);
      return reply;
    };
    const auto tag = std::string(*value_of(answered("", "body").headers, "etag"));

    CHECK(answered(tag, "body").status == 304);
    CHECK(answered("W/\"other\", " + tag, "body").body.empty());
    CHECK(answered("*", "body").status == 304);
    CHECK(answered(tag, "other").status == 200);
    CHECK(value_of(answered("", "body").headers, "cache-control") == "private, no-cache");
  }

  TEST_CASE("a request keeps its own id if that is harmless, and gets a random one else") {
    CHECK(request_id({{"x-request-id", "a-B_9.z"}}) == "a-B_9.z");
    for (const auto& bad : {std::string{}, std::string("a b"), std::string("a\r\nb"),
                            std::string(65, 'a'), std::string("\xc3\xa9")}) {
      const auto made = request_id({{"x-request-id", bad}});
      CHECK(made.size() == 36);
      CHECK(made[14] == '4');
      CHECK(made != request_id({}));
    }
  }

  TEST_CASE("a trace goes on with a span of our own; what is no trace does not") {
    const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    CHECK(trace_of({{"traceparent", trace}}) == trace);
    const auto ours = answered_trace(trace);
    CHECK(ours.substr(0, 36) == trace.substr(0, 36));
    CHECK(ours.substr(36, 16) != trace.substr(36, 16));
    CHECK(trace_of({{"traceparent", ours}}) == ours);
    for (auto bad : {std::string("00-" + std::string(32, '0') + "-b7ad6b7169203331-01"),
                     std::string("ff") + trace.substr(2), trace + "-x", trace.substr(1),
                     std::string("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")})
      CHECK_MESSAGE(trace_of({{"traceparent", bad}}).empty(), bad);
  }

  TEST_CASE("dates are written as HTTP wants them") {
    CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  }
}
