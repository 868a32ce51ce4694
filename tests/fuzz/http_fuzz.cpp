#include "api/beast_message.hpp"
#include "api/edge_reply.hpp"
#include "api/edge_routes.hpp"
#include "api/gate.hpp"
#include "schemas/base/check.hpp"

#include "tests/api/fake_gateway.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Throws any bytes at what stands between a socket and the pipeline: parser, framing, target,
/// gate, router, handlers of bodies. Whatever comes is refused or answered, with a head that holds
/// no line of the caller's. Sanitizers watch the rest.
namespace {

using namespace laurel;
using namespace laurel::api;

class few_users final : public user_source {
public:
  schemas::result<position> where(const std::string&) override { return position{}; }
  schemas::result<placed_user> read(const std::string& user_id, const std::optional<position>&,
                                    std::chrono::milliseconds) override {
    if (user_id.size() % 2 == 0)
      return placed_user{};
    state::user_view view;
    view.user_id = user_id;
    schemas::decision last;
    last.badge_id = user_id;
    view.badges.push_back({last});
    return placed_user{{}, std::move(view)};
  }

  schemas::result<placed_explanation> explain(state::explain_request what,
                                              const std::optional<position>&,
                                              std::chrono::milliseconds) override {
    state::explanation out;
    out.user_id = what.user_id;
    out.rule_id = what.rule_id;
    out.key = what.key.value_or(std::vector<std::string>{});
    return placed_explanation{{}, std::move(out)};
  }
};

struct edge {
  tests::fake_gateway engine;
  few_users users;
  watch_desk watches{users, pepper("p"), {"https://a.example"}, [] { return std::int64_t{0}; }};
  std::shared_ptr<const router> routes;
  std::unique_ptr<gate> door;

  edge() {
    auto joined = join_routes(route_table(), surface::edge,
                              edge_handlers({.pipeline = &engine,
                                             .users = &users,
                                             .checks = {},
                                             .watches = &watches,
                                             .shows_docs = true,
                                             .now_ms = [] { return std::int64_t{0}; }}));
    CHECK_ALWAYS(joined.has_value());
    routes = std::make_shared<const router>(std::move(*joined));
    gate_settings open;
    open.is_key_optional = true;
    open.key_requests_per_minute = 0;
    open.ip_requests_per_minute = 0;
    open.origins = {"https://a.example"};
    open.trusted_proxies = {*address_range::parse("127.0.0.1")};
    door = std::make_unique<gate>(routes, open, nullptr);
  }
};

void check_reply(const response& reply, const request& what, const fields& headers) {
  const auto text = reply_text(
    reply,
    {.date = "now", .request_id = what.id, .traceparent = what.traceparent, .headers = &headers});
  const auto head = text.substr(0, text.find("\r\n\r\n"));
  CHECK_ALWAYS(reply.status >= 200 && reply.status < 600);
  for (std::size_t i = 0; i < head.size(); ++i) {
    const bool ends_line = head[i] == '\r' && i + 1 < head.size() && head[i + 1] == '\n';
    CHECK_ALWAYS(head[i] != '\r' || ends_line);
    CHECK_ALWAYS(head[i] != '\n' || head[i - 1] == '\r');
    CHECK_ALWAYS(head[i] != '\0');
  }
  // As a line of its own: inside a value that is echoed (a request id) the word is only a word.
  CHECK_ALWAYS(head.find("\nx-injected") == head.npos);
}

void serve(edge& with, const beast_request& head) {
  request what;
  if (framing_fault(head) != nullptr
      || !parse_target({head.target().data(), head.target().size()}, what))
    return;
  const auto verb = parse_method({head.method_string().data(), head.method_string().size()});
  what.verb = verb.value_or(method::get);
  what.headers = fields_of(head);
  what.id = request_id(what.headers);
  what.traceparent = trace_of(what.headers);
  what.body = head.body();
  auto got = with.door->examine(
    {verb, &what, boost::asio::ip::address_v4::loopback(), false, 1'700'000'000'000});
  CHECK_ALWAYS(got.refusal.has_value() != (got.row != nullptr));
  if (got.refusal)
    return check_reply(*got.refusal, what, got.headers);
  what.who = got.who;
  auto reply = with.routes->run(*got.row, what, got.values);
  apply_conditions(what, reply, got.row->row->is_cacheable);
  check_reply(reply, what, got.headers);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static edge with;
  namespace http = boost::beast::http;
  http::request_parser<http::string_body> parser;
  parser.header_limit(16U * 1024);
  parser.body_limit(1024U * 1024);
  parser.eager(true);
  boost::beast::error_code fault;
  boost::asio::const_buffer rest(data, size);
  while (rest.size() > 0 && !parser.is_done() && !fault) {
    const auto used = parser.put(rest, fault);
    if (used == 0)
      break;
    rest += used;
  }
  if (!fault && parser.is_done())
    serve(with, parser.get());
  with.engine.appended.clear();
  return 0;
}
