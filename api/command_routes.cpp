#include "api/command_routes.hpp"

#include "api/command_documents.hpp"
#include "api/problem.hpp"
#include "api/routes.hpp"
#include "api/user_pages.hpp"
#include "schemas/base/hex.hpp"
#include "schemas/command_codec.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>

namespace laurel::api {

namespace {

using json = nlohmann::json;
using schemas::command;
using schemas::command_kind;
using schemas::errc;
using schemas::failure;
using schemas::result;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_again{10};
constexpr std::size_t random_id_bytes = 16;

/// "2s", "500ms"; nothing asked is no wait.
result<std::chrono::milliseconds> wait_of(const request& what) {
  const auto said = value_of(what.query, "wait");
  if (!said)
    return std::chrono::milliseconds{0};
  const bool is_ms = said->ends_with("ms");
  const auto digits =
    said->substr(0, said->size() - std::min<std::size_t>(said->size(), is_ms ? 2 : 1));
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_good = (is_ms || said->ends_with('s')) && bad == std::errc{}
                       && end == digits.data() + digits.size() && number >= 0;
  const auto wait = std::chrono::milliseconds{is_ms ? number : number * 1'000};
  if (!is_good || number > command_wait_max.count() || wait > command_wait_max)
    return failure(errc::bad_input, "wait must be a time such as 2s or 500ms, at most 10s");
  return wait;
}

/// `If-Match: "3"`: the grant's revision.
result<std::optional<std::uint32_t>> revision_of(const request& what) {
  const auto said = value_of(what.headers, "if-match");
  if (!said || *said == "*")
    return std::optional<std::uint32_t>{};
  auto text = *said;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  std::uint32_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc{} || end != text.data() + text.size() || number == 0)
    return failure(errc::bad_input, "If-Match must be the revision of the grant, such as \"3\"");
  return std::optional{number};
}

/// The body with what the request itself says: user, id, time, revision and who asks. The codec
/// then checks all of it as it would a record.
result<command> command_of(const request& what, const std::string& user_id, std::int64_t now_ms) {
  auto document = json::parse(what.body, nullptr, false);
  if (document.is_discarded() || !document.is_object())
    return failure(errc::bad_input, "the body must be a JSON object such as {\"command\": "
                                    "\"redeem\", \"badge_id\": \"Coffee\"}");
  for (const auto* name : {"command_id", "user_id", "at", "if_revision", "actor"})
    if (document.contains(name))
      return failure(errc::bad_input, "command: '" + std::string(name)
                                        + "' is not said in the body: the path, Idempotency-Key, "
                                          "If-Match and the API key say it");
  const auto revision = revision_of(what);
  if (!revision)
    return tl::unexpected(revision.error());
  document["command_id"] = std::string(
    value_of(what.headers, "idempotency-key").value_or(schemas::random_hex(random_id_bytes)));
  document["user_id"] = user_id;
  document["at"] = schemas::to_rfc3339({now_ms});
  if (*revision)
    document["if_revision"] = **revision;
  if (what.who != nullptr)
    document["actor"] = what.who->id;
  auto made =
    schemas::decode_command(document.dump(-1, ' ', false, json::error_handler_t::replace), {});
  if (!made)
    return tl::unexpected(made.error().as_error());
  return std::move(*made);
}

scope needed_for(command_kind kind) {
  if (kind == command_kind::erase)
    return scope::erase_users;
  const bool is_users_own =
    kind == command_kind::redeem || kind == command_kind::pin || kind == command_kind::unpin;
  return is_users_own ? scope::write_redemption : scope::write_grants;
}

std::string path_of(const command& asked) {
  return "/api/v1/users/" + percent_encode(asked.user_id) + "/commands/" + percent_encode(asked.id);
}

response told(const state::command_outcome& outcome) {
  response answer;
  answer.body = shown(outcome) + "\n";
  return answer;
}

/// A refused command is the caller's problem; the outcome stays to be read at its own address.
response told_to_who_waits(const state::command_outcome& outcome) {
  if (outcome.problem.empty())
    return told(outcome);
  const int status = outcome.problem == "not-found"          ? 404
                     : outcome.problem == "version-mismatch" ? 412
                                                             : 409;
  return problem(status, outcome.problem, std::string(state::describe_problem(outcome.problem)));
}

response accepted(const command& asked) {
  response answer;
  answer.status = 202;
  answer.body = "{\"command_id\":" + json_text(asked.id) + ",\"command\":"
                + json_text(schemas::name_of(asked.kind)) + ",\"status\":\"accepted\"}\n";
  answer.headers.emplace_back("location", path_of(asked));
  return answer;
}

class command_handlers {
public:
  explicit command_handlers(const edge_parts& with)
      : pipeline_(with.pipeline), users_(with.users), now_ms_(with.now_ms) {}

  response ask(const request& what, const std::string& user_id) const {
    const auto wait = wait_of(what);
    if (!wait)
      return problem(wait.error());
    const auto asked = command_of(what, user_id, now_ms_());
    if (!asked)
      return problem(asked.error());
    if (what.who != nullptr && !what.who->scopes.has(needed_for(asked->kind)))
      return problem(403, "forbidden",
                     "The key lacks the scope " + std::string(name_of(needed_for(asked->kind)))
                       + ", which this command needs.");
    if (const auto before = outcome_of(*asked))
      return repeated(*asked, *before);
    if (auto done = pipeline_->append_traced(*asked, what.traceparent); !done)
      return problem(done.error());
    for (const auto until = clock::now() + *wait; clock::now() < until;) {
      if (const auto outcome = outcome_of(*asked))
        return repeated(*asked, *outcome);
      std::this_thread::sleep_for(look_again);
    }
    return accepted(*asked);
  }

  response show(const std::string& user_id, const std::string& id) const {
    const auto found = users_->read(user_id, {}, {});
    if (!found)
      return problem(found.error());
    const auto* const outcome =
      found->view ? state::find_outcome(found->view->commands, id) : nullptr;
    if (outcome != nullptr)
      return told(*outcome);
    auto none = problem(404, "no-outcome",
                        "No outcome of this command is known: it has not been carried out yet, "
                        "was never sent, or is older than this user's last "
                          + std::to_string(state::outcomes_max) + ".");
    none.headers.emplace_back("retry-after", "1");
    return none;
  }

private:
  std::optional<state::command_outcome> outcome_of(const command& asked) const {
    const auto found = users_->read(asked.user_id, {}, {});
    if (!found || !found->view)
      return std::nullopt;
    const auto* const outcome = state::find_outcome(found->view->commands, asked.id);
    return outcome != nullptr ? std::optional(*outcome) : std::nullopt;
  }

  static response repeated(const command& asked, const state::command_outcome& outcome) {
    if (outcome.fingerprint != state::fingerprint_of(asked))
      return problem(422, "idempotency-key-reused",
                     "This Idempotency-Key was used for another command of this user. Use a new "
                     "one.");
    return told_to_who_waits(outcome);
  }

  gateway* pipeline_;
  user_source* users_;
  std::function<std::int64_t()> now_ms_;
};

} // namespace

void add_commands(handlers& to, const edge_parts& with) {
  const command_handlers commands(with);
  to["ask_command"] = [commands](const request& what, const path_values& path) {
    return commands.ask(what, path.find("user")->second);
  };
  to["erase_user"] = [commands](const request& what, const path_values& path) {
    auto asked = what;
    asked.body = R"({"command":"erase"})";
    return commands.ask(asked, path.find("user")->second);
  };
  to["user_erasure"] = [ask = with.pipeline](const request&, const path_values& path) {
    return show_erasure(*ask, path.find("user")->second);
  };
  to["user_command"] = [commands](const request&, const path_values& path) {
    return commands.show(path.find("user")->second, path.find("command")->second);
  };
}

} // namespace laurel::api
