#include "api/route_table.hpp"

#include <algorithm>
#include <array>

namespace laurel::api {

namespace {

using enum method;
using enum surface;

constexpr std::array<query_parameter, 1> by_id{
  {{"id", "string", "The user, for ids that a path cannot carry, such as one with a slash."}}};

constexpr std::array<query_parameter, 1> by_token{
  {{"token", "string", "As the user's watch-tokens made it, less than a minute ago."}}};

constexpr std::array<query_parameter, 4> badge_page{
  {{"state", "string",
    "Only those held, revoked, expired, redeemed or withdrawn; several with commas."},
   {"badge", "string", "Only this badge."},
   {"limit", "integer", "Entries a page, 1 to 200; 50 if not said."},
   {"cursor", "string", "Where the page before ended: its `next`."}}};

constexpr std::array<query_parameter, 2> plain_page{
  {{"limit", "integer", "Entries a page, 1 to 200; 50 if not said."},
   {"cursor", "string", "Where the page before ended: its `next`."}}};

constexpr std::array<query_parameter, 2> by_rule{
  {{"rule", "string", "The rule's id.", true},
   {"key", "array", "Of a rule with a key: one for each part, in order."}}};

constexpr std::array<query_parameter, 1> wait_for{
  {{"wait", "string", "How long to wait for the outcome, such as 2s or 500ms; at most 10s."}}};

constexpr std::array<query_parameter, 1> by_locale{
  {{"locale", "string", "Also the name and the description for such a reader: de, pt-BR."}}};

// Every route there is. What has no row here is refused.
constexpr std::array table{
  // -- probes -----------------------------------------------------------------------------------
  route_row{.operation = "live",
            .pattern = "/live",
            .who = entry::open,
            .cost = 0,
            .gives = "Health",
            .summary = "The process runs."},
  route_row{.operation = "ready",
            .pattern = "/ready",
            .who = entry::open,
            .cost = 0,
            .gives = "Readiness",
            .summary = "Every check is good; 503 names those that are not."},
  route_row{.operation = "health",
            .pattern = "/health",
            .who = entry::open,
            .cost = 0,
            .gives = "Health",
            .summary = "What older probes expect."},
  // -- users ------------------------------------------------------------------------------------
  route_row{.operation = "user_by_id",
            .pattern = "/api/v1/users",
            .where = both,
            .needs = scope::read_users,
            .gives = "User",
            .summary = "All that is known of a user, the id in the query.",
            .query = by_id},
  route_row{.operation = "user",
            .pattern = "/api/v1/users/{user}",
            .where = both,
            .needs = scope::read_users,
            .gives = "User",
            .summary = "All that is known of a user: badges and progress."},
  route_row{.operation = "user_badges",
            .pattern = "/api/v1/users/{user}/badges",
            .gives = "BadgePage",
            .summary = "Badges of a user, page by page, in the order they were earned.",
            .query = badge_page},
  route_row{.operation = "user_badge",
            .pattern = "/api/v1/users/{user}/badges/{badge}",
            .gives = "BadgePage",
            .summary = "Every grant of one badge to a user; 404 if there never was one."},
  route_row{.operation = "user_progress",
            .pattern = "/api/v1/users/{user}/progress",
            .gives = "Progress",
            .summary = "What the user is on the way to, and what is missing."},
  route_row{.operation = "user_history",
            .pattern = "/api/v1/users/{user}/history",
            .needs = scope::read_grants,
            .gives = "HistoryPage",
            .summary = "What was granted and taken away, the latest first.",
            .query = plain_page},
  route_row{.operation = "user_explain",
            .pattern = "/api/v1/users/{user}/explain",
            .cost = 10,
            .gives = "Explanation",
            .summary = "Why a user has a badge of a rule or not: every part of the condition, the "
                       "events it rests on, and what is missing.",
            .query = by_rule},
  route_row{.operation = "explain",
            .pattern = "/api/v1/explain",
            .where = control,
            .summary = "The same with the user in the query: ?user=&rule=&key=."},
  route_row{.operation = "users_lookup",
            .verb = post,
            .pattern = "/api/v1/lookup",
            .cost = 10,
            .body_bytes_max = small_body_bytes_max,
            .takes = "Lookup",
            .gives = "LookupAnswer",
            .summary = "Badges held by up to 100 users."},
  // -- catalogue --------------------------------------------------------------------------------
  route_row{.operation = "badges",
            .pattern = "/api/v1/badges",
            .is_cacheable = true,
            .gives = "BadgeCatalogue",
            .summary = "The badges that the rules in force can grant, and those of the catalogue; "
                       "without the hidden ones.",
            .query = by_locale},
  route_row{.operation = "series",
            .pattern = "/api/v1/series",
            .is_cacheable = true,
            .gives = "SeriesList",
            .summary = "The series of badges, each in its order.",
            .query = by_locale},
  route_row{.operation = "categories",
            .pattern = "/api/v1/categories",
            .is_cacheable = true,
            .gives = "CategoryList",
            .summary = "The categories of badges.",
            .query = by_locale},
  route_row{.operation = "catalogue",
            .pattern = "/api/v1/catalogue",
            .where = control,
            .summary = "All entries of the catalogue, the hidden ones too."},
  route_row{.operation = "publish_catalogue",
            .verb = post,
            .pattern = "/api/v1/catalogue",
            .where = control,
            .body_bytes_max = catalogue_body_bytes_max,
            .kind = work::append,
            .summary = "Publishes badges, series and categories; 422 lists the faults."},
  route_row{.operation = "rules",
            .pattern = "/api/v1/rules",
            .where = both,
            .is_cacheable = true,
            .gives = "Rules",
            .summary = "All rules: id, version, state, document."},
  route_row{.operation = "rule",
            .pattern = "/api/v1/rules/{rule}",
            .where = both,
            .is_cacheable = true,
            .gives = "Rule",
            .summary = "One rule."},
  route_row{.operation = "publish_rule",
            .verb = post,
            .pattern = "/api/v1/rules",
            .where = control,
            .body_bytes_max = rule_bytes_max,
            .kind = work::append,
            .summary = "Publishes the document in the body, as=draft, shadow or active; 422 lists "
                       "its faults."},
  route_row{.operation = "rule_versions",
            .pattern = "/api/v1/rules/{rule}/versions",
            .where = control,
            .summary = "The versions of a rule that are stored."},
  route_row{.operation = "activate_rule",
            .verb = post,
            .pattern = "/api/v1/rules/{rule}/activate",
            .where = control,
            .body_bytes_max = small_body_bytes_max,
            .kind = work::append,
            .summary = "Puts a stored version in force: version=, else the one that is tried."},
  route_row{.operation = "roll_back_rule",
            .verb = post,
            .pattern = "/api/v1/rules/{rule}/rollback",
            .where = control,
            .body_bytes_max = small_body_bytes_max,
            .kind = work::append,
            .summary = "Puts the version in force that was so before."},
  route_row{.operation = "rule_trial",
            .pattern = "/api/v1/rules/{rule}/trial",
            .where = control,
            .summary = "What the version that is tried would have granted."},
  route_row{.operation = "end_trial",
            .verb = del,
            .pattern = "/api/v1/rules/{rule}/trial",
            .where = control,
            .kind = work::append,
            .summary = "Ends the trial of a rule."},
  route_row{.operation = "retire_rule",
            .verb = del,
            .pattern = "/api/v1/rules/{rule}",
            .where = control,
            .kind = work::append,
            .summary = "Retires a rule."},
  // -- ingest -----------------------------------------------------------------------------------
  route_row{.operation = "append_events",
            .verb = post,
            .pattern = "/api/v1/events",
            .where = both,
            .needs = scope::write_events,
            .body_bytes_max = events_bytes_max,
            .kind = work::append,
            .takes = "Event",
            .gives = "AppendAnswer",
            .summary = "Takes events in; answered when the good ones are durable."},
  // -- commands ---------------------------------------------------------------------------------
  route_row{.operation = "ask_command",
            .verb = post,
            .pattern = "/api/v1/users/{user}/commands",
            .needs = scope::write_redemption,
            .body_bytes_max = small_body_bytes_max,
            .kind = work::append,
            .takes = "Command",
            .gives = "CommandOutcome",
            .summary = "Grants, revokes, redeems, pins, unpins, extends. Idempotency-Key names the "
                       "command, If-Match the grant's revision. 202: in the log; 200: done.",
            .query = wait_for},
  route_row{.operation = "user_command",
            .pattern = "/api/v1/users/{user}/commands/{command}",
            .needs = scope::read_redemption,
            .gives = "CommandOutcome",
            .summary = "What became of a command; 404 until that is known."},
  route_row{.operation = "erase_user",
            .verb = del,
            .pattern = "/api/v1/users/{user}",
            .needs = scope::erase_users,
            .kind = work::append,
            .gives = "CommandOutcome",
            .summary = "Forgets a user, for good; events of before do not count again.",
            .query = wait_for},
  route_row{.operation = "user_erasure",
            .pattern = "/api/v1/users/{user}/erasure",
            .needs = scope::erase_users,
            .cost = 10,
            .gives = "Erasure",
            .summary = "What there still is of a user who was erased, and until when."},
  route_row{.operation = "erasure",
            .pattern = "/api/v1/erasure",
            .where = control,
            .summary = "The same with the user in the query: ?user=."},
  route_row{.operation = "append_command",
            .verb = post,
            .pattern = "/api/v1/commands",
            .where = control,
            .body_bytes_max = small_body_bytes_max,
            .kind = work::append,
            .summary = "Takes a command in; answered when it is durable."},
  // -- watching ---------------------------------------------------------------------------------
  route_row{.operation = "mint_watch",
            .verb = post,
            .pattern = "/api/v1/users/{user}/watch-tokens",
            .needs = scope::read_grants,
            .body_bytes_max = small_body_bytes_max,
            .gives = "WatchToken",
            .summary =
              "Makes a token with which a browser may watch this user, good for a minute."},
  route_row{.operation = "watch",
            .pattern = "/api/v1/watch",
            .who = entry::token,
            .gives = "Stream",
            .summary = "Server-sent events of one user's badges, from Last-Event-ID on.",
            .query = by_token},
  // -- API keys ---------------------------------------------------------------------------------
  route_row{.operation = "keys",
            .pattern = "/api/v1/keys",
            .where = control,
            .summary = "All API keys, without their secrets."},
  route_row{.operation = "create_key",
            .verb = post,
            .pattern = "/api/v1/keys",
            .where = control,
            .body_bytes_max = small_body_bytes_max,
            .kind = work::append,
            .summary = "Makes a key; its text is in this answer and nowhere else."},
  route_row{.operation = "rotate_key",
            .verb = post,
            .pattern = "/api/v1/keys/{key}/rotate",
            .where = control,
            .body_bytes_max = small_body_bytes_max,
            .kind = work::append,
            .summary = "A new secret for a key; the old one is over."},
  route_row{.operation = "disable_key",
            .verb = post,
            .pattern = "/api/v1/keys/{key}/disable",
            .where = control,
            .body_bytes_max = small_body_bytes_max,
            .kind = work::append,
            .summary = "Ends a key."},
  // -- the process ------------------------------------------------------------------------------
  route_row{.operation = "status",
            .pattern = "/api/v1/status",
            .where = control,
            .summary = "Tasks, offsets, lag, commits, counters."},
  route_row{.operation = "metrics",
            .pattern = "/metrics",
            .where = metrics,
            .who = entry::open,
            .cost = 0,
            .summary = "Counters, as Prometheus reads them."},
  route_row{.operation = "openapi",
            .pattern = "/openapi.json",
            .who = entry::open,
            .is_cacheable = true,
            .gives = "OpenApi",
            .summary = "This description."},
  route_row{
    .operation = "docs", .pattern = "/docs", .who = entry::open, .summary = "The same for people."},
};

bool serves(const route_row& row, surface where) {
  return (static_cast<unsigned>(row.where) & static_cast<unsigned>(where)) != 0;
}

} // namespace

std::span<const route_row> route_table() {
  return table;
}

schemas::result<std::vector<route>> join_routes(std::span<const route_row> rows, surface where,
                                                const handlers& with) {
  std::string faults;
  std::vector<route> joined;
  for (const auto& row : rows) {
    if (!serves(row, where))
      continue;
    const auto found = with.find(row.operation);
    if (found == with.end())
      faults += " route " + std::string(row.operation) + " has no handler;";
    else
      joined.push_back(
        {row.verb, std::string(row.pattern), row.body_bytes_max, found->second, &row});
  }
  for (const auto& [operation, handle] : with) {
    const auto has_row = [&, name = operation](const route_row& row) {
      return row.operation == name && serves(row, where);
    };
    if (std::ranges::none_of(rows, has_row))
      faults += " handler " + std::string(operation) + " has no route;";
  }
  if (!faults.empty())
    return schemas::failure(schemas::errc::bad_setting,
                            "the table of routes and the handlers differ:" + faults);
  return joined;
}

} // namespace laurel::api
