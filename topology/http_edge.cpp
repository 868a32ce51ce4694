#include "topology/http_edge.hpp"

#include "api/edge_routes.hpp"
#include "api/gate.hpp"
#include "api/problem.hpp"

#include <sodium.h>

#include <algorithm>
#include <mutex>
#include <sys/resource.h>
#include <utility>

namespace laurel::topology {

namespace {

using actors::severity;
using schemas::errc;

/// Descriptors that stores, the log and brokers take besides connections.
constexpr std::size_t other_descriptors = 1'024;

/// Probes come often and from everywhere; the actors are asked this often at most.
constexpr std::chrono::milliseconds status_age_max{500};

/// The status as it was a moment ago.
class recent_status {
public:
  explicit recent_status(api::gateway& pipeline) : pipeline_(pipeline) {}

  schemas::result<api::status_report> get() {
    const std::lock_guard lock{mutex_};
    const auto now = std::chrono::steady_clock::now();
    if (!report_ || now - at_ > status_age_max) {
      report_ = pipeline_.status();
      at_ = now;
    }
    return *report_;
  }

private:
  api::gateway& pipeline_;
  std::mutex mutex_;
  std::optional<schemas::result<api::status_report>> report_; // Guarded by mutex_, as is the next.
  std::chrono::steady_clock::time_point at_;
};

std::string partitions_not_running(const api::status_report& report) {
  constexpr std::size_t named_max = 5;
  std::string text;
  std::size_t count = 0;
  for (const auto& task : report.tasks) {
    if (task.phase == "running")
      continue;
    if (++count <= named_max)
      text += (text.empty() ? "" : "; ") + std::string("partition ")
              + std::to_string(task.partition) + " is " + task.phase;
  }
  return count > named_max ? text + "; and " + std::to_string(count - named_max) + " more" : text;
}

api::pepper random_pepper() {
  std::string noise(32, '\0');
  randombytes_buf(noise.data(), noise.size());
  return api::pepper(std::move(noise));
}

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

std::vector<api::ready_check> checks_of(api::gateway& pipeline, const api::key_ring* keys) {
  auto status = std::make_shared<recent_status>(pipeline);
  const auto check = [status](std::string name, auto fault_of) {
    return api::ready_check{std::move(name), [status, fault_of] {
                              const auto report = status->get();
                              return report ? fault_of(*report) : report.error().message;
                            }};
  };
  const auto identity_sync = [keys] {
    return keys == nullptr || keys->is_caught_up()
             ? std::string{}
             : std::string("the API keys have not been read yet");
  };
  return {{"identity_sync", identity_sync},
          check("group",
                [](const api::status_report& report) {
                  return report.tasks.empty() ? std::string("no partition is assigned yet")
                                              : std::string{};
                }),
          check("restore", partitions_not_running)};
}

/// As many descriptors as the limits need, where the system allows it.
void raise_descriptors(std::size_t connections_max, actors::journal& journal) {
  rlimit now{};
  const auto wanted = static_cast<rlim_t>(connections_max + other_descriptors);
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur >= wanted)
    return;
  now.rlim_cur = std::min(now.rlim_max, wanted);
  if (::setrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur < wanted)
    journal.note(severity::warning, "fewer files may be open than http.connections_max needs",
                 {{"allowed", std::to_string(now.rlim_cur)}, {"needed", std::to_string(wanted)}});
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

api::response metrics_answer(const metrics_text& metrics, const std::string& token,
                             const api::request& what) {
  if (!token.empty()) {
    const auto given = api::presented_key(what.headers);
    if (!given || !equal_in_constant_time(*given, token))
      return api::problem(401, "unauthorized",
                          "Send metrics.token as Authorization: Bearer TOKEN.");
  }
  api::response answer;
  answer.content_type = metrics_type;
  answer.body = metrics.text();
  return answer;
}

} // namespace

http_edge::http_edge(const parts& from)
    : given_(from), users_(*from.running, *from.log, from.erasure_secret) {}

http_edge::~http_edge() {
  stop();
}

schemas::result<void> http_edge::start() {
  if (given_.values->http.port == 0)
    return {};
  return start_edge().and_then([this] { return start_metrics(); });
}

std::shared_ptr<const api::router> http_edge::router_of(std::vector<api::route> routes) const {
  auto made = std::make_shared<api::router>(std::move(routes));
  made->on_fault = [journal = given_.journal](const api::request& what, const char* why) {
    journal->note(severity::error, "a request could not be handled",
                  {{"request_id", what.id}, {"reason", why}});
  };
  return made;
}

schemas::result<void> http_edge::start_edge() {
  const auto& http = given_.values->http;
  const bool is_development = given_.values->environment == deployment::dev;
  auto settings = edge_of(http, is_development);
  if (auto fault = api::bind_fault(settings, given_.keys != nullptr, is_development);
      !fault.empty())
    return schemas::failure(errc::bad_setting, std::move(fault));
  raise_descriptors(settings.limits.connections_max, *given_.journal);
  // Without keys only this process makes and reads tokens, so that noise will do.
  watches_.emplace(users_, given_.keys != nullptr ? given_.keys->current() : random_pepper(),
                   settings.gate.origins, wall_ms);
  auto routes =
    api::join_routes(api::route_table(), api::surface::edge,
                     api::edge_handlers({.pipeline = given_.pipeline,
                                         .users = &users_,
                                         .checks = checks_of(*given_.pipeline, given_.keys),
                                         .position_patience = http.position_patience,
                                         .watches = &*watches_,
                                         .shows_docs = http.docs || is_development,
                                         .now_ms = wall_ms}));
  if (!routes)
    return tl::unexpected{routes.error()};
  auto started =
    api::edge_server::start({router_of(std::move(*routes)), settings, given_.keys, given_.journal});
  if (!started)
    return tl::unexpected{started.error()};
  edge_ = std::move(*started);
  given_.journal->note(severity::info, "HTTP is served",
                       {{"address", settings.address},
                        {"port", std::to_string(edge_->port())},
                        {"tls", settings.is_tls() ? "yes" : "no"},
                        {"keys", settings.gate.is_key_optional ? "optional" : "required"}});
  return {};
}

schemas::result<void> http_edge::start_metrics() {
  const auto& http = given_.values->http;
  if (http.metrics_port == 0)
    return {};
  metrics_.add([edge = edge_.get()](metrics_writer& to) { write_edge(*edge, to); });
  metrics_.add([pipeline = given_.pipeline](metrics_writer& to) { write_tasks(*pipeline, to); });
  api::edge_settings settings;
  settings.address = http.metrics_address;
  settings.port = http.metrics_port;
  api::handlers with;
  with["metrics"] = [this, token = http.metrics_token](const api::request& what,
                                                       const api::path_values&) {
    return metrics_answer(metrics_, token, what);
  };
  auto routes = api::join_routes(api::route_table(), api::surface::metrics, with);
  if (!routes)
    return tl::unexpected{routes.error()};
  auto started =
    api::edge_server::start({router_of(std::move(*routes)), settings, nullptr, given_.journal});
  if (!started)
    return tl::unexpected{started.error()};
  metrics_server_ = std::move(*started);
  return {};
}

void http_edge::stop() {
  metrics_server_.reset();
  edge_.reset();
}

} // namespace laurel::topology
