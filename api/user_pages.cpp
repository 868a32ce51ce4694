#include "api/user_pages.hpp"

#include "api/base64url.hpp"
#include "api/gateway.hpp"
#include "schemas/decision_codec.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

namespace laurel::api {

namespace {

using json = nlohmann::ordered_json;
using schemas::decision;
using schemas::errc;
using schemas::failure;
using schemas::result;

constexpr std::size_t user_id_bytes_max = 256; // As of an event.

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The grant as its topic tells it, and its state in a word.
std::string badge_text(const decision& last) {
  auto text = schemas::encode(last);
  while (!text.ends_with('}')) // A line may end in a newline.
    text.pop_back();
  text.pop_back();
  return text + ",\"state\":\"" + std::string(schemas::state_of(last)) + "\"}";
}

/// Where an entry stands among the others: a time, and what tells those of one time apart.
using place = std::pair<std::int64_t, std::string>;

std::string cursor_of(const place& where) {
  return to_base64url(std::to_string(where.first) + "." + where.second);
}

result<std::optional<place>> place_of(const std::string& cursor) {
  if (cursor.empty())
    return std::optional<place>{};
  const auto plain = from_base64url(cursor);
  const auto dot = plain ? plain->find('.') : std::string::npos;
  place where;
  if (dot != std::string::npos) {
    const auto [end, bad] = std::from_chars(plain->data(), plain->data() + dot, where.first);
    where.second = plain->substr(dot + 1);
    if (bad == std::errc{} && end == plain->data() + dot)
      return std::optional(std::move(where));
  }
  return failure(errc::bad_input, "cursor is not one that a page before has given as `next`");
}

struct page_entry {
  place where;
  std::string text;
};

/// The entries after the cursor, as many as are wanted. `entries` are sorted.
result<std::string> page_of(const state::user_view& user, const char* name,
                            std::vector<page_entry> entries, const page_request& wanted) {
  const auto after = place_of(wanted.cursor);
  if (!after)
    return tl::unexpected(after.error());
  auto from = entries.begin();
  if (*after)
    from = std::upper_bound(
      entries.begin(), entries.end(), **after,
      [](const place& left, const page_entry& right) { return left < right.where; });
  const auto count =
    std::min<std::size_t>(wanted.limit, static_cast<std::size_t>(entries.end() - from));
  std::string text = "{\"user_id\":" + json_text(user.user_id) + ",\"" + name + "\":[";
  for (std::size_t i = 0; i < count; ++i)
    text += (i == 0 ? "" : ",") + from[static_cast<std::ptrdiff_t>(i)].text;
  const bool is_last = from + static_cast<std::ptrdiff_t>(count) == entries.end();
  text += "],\"next\":";
  text += is_last || count == 0
            ? "null"
            : "\"" + cursor_of(from[static_cast<std::ptrdiff_t>(count) - 1].where) + "\"";
  return text + "}";
}

/// What happened to a grant at some time.
page_entry happening(const decision& last, const char* kind, schemas::event_time at,
                     const std::string& cause) {
  json entry{{"at", to_rfc3339(at)},
             {"kind", kind},
             {"badge_id", last.badge_id},
             {"grant_id", last.grant_id},
             {"rule_id", last.rule_id},
             {"key", last.key},
             {"n", last.n},
             {"cause", cause}};
  // The latest comes first, and an end before the beginning it shares a time with.
  return {{-at.ms, last.grant_id + (kind == std::string_view("granted") ? ".1" : ".0")},
          dump(entry)};
}

} // namespace

std::string json_text(std::string_view text) {
  return dump(json(text));
}

result<std::string> badge_page(const state::user_view& user, const page_request& wanted) {
  std::vector<page_entry> entries;
  for (const auto& badge : user.badges) {
    const auto& last = badge.last;
    const bool is_wanted =
      (wanted.badge.empty() || wanted.badge == last.badge_id)
      && (wanted.states.empty()
          || std::ranges::find(wanted.states, schemas::state_of(last)) != wanted.states.end());
    if (is_wanted)
      entries.push_back({{last.granted_at.ms, last.grant_id}, badge_text(last)});
  }
  std::ranges::sort(entries, {}, &page_entry::where);
  return page_of(user, "badges", std::move(entries), wanted);
}

result<std::string> history_page(const state::user_view& user, const page_request& wanted) {
  std::vector<page_entry> entries;
  for (const auto& badge : user.badges) {
    const auto& last = badge.last;
    if (last.kind == schemas::decision_kind::withdrawn)
      continue;
    entries.push_back(happening(last, "granted", last.granted_at, last.cause));
    if (last.revoked_at)
      entries.push_back(happening(last, "revoked", *last.revoked_at, last.revoke_cause));
    if (last.expired_at)
      entries.push_back(happening(last, "expired", *last.expired_at, "window_end"));
    if (last.redeemed_at)
      entries.push_back(happening(last, "redeemed", *last.redeemed_at, last.redeem_cause));
  }
  std::ranges::sort(entries, {}, &page_entry::where);
  return page_of(user, "history", std::move(entries), wanted);
}

std::string progress_page(const state::user_view& user) {
  json list = json::array();
  for (const auto& each : user.progress) {
    json leaves = json::array();
    for (const auto& leaf : each.leaves)
      leaves.push_back({{"what", leaf.what}, {"value", leaf.value}, {"target", leaf.target}});
    list.push_back({{"rule_id", each.rule_id},
                    {"badge_id", each.badge_id},
                    {"key", each.key},
                    {"fraction", each.fraction},
                    {"leaves", std::move(leaves)}});
  }
  return dump({{"user_id", user.user_id}, {"progress", std::move(list)}});
}

std::string lookup_entry(const std::string& user_id, const result<placed_user>& found) {
  auto text = "{\"user_id\":" + json_text(user_id);
  if (!found || !found->view || !found->view->has_state) {
    const bool is_unknown = found.has_value() || found.error().code == errc::not_found;
    text += ",\"problem\":\"" + std::string(is_unknown ? "not-found" : "try-again") + "\"";
  } else {
    text += ",\"badges\":[";
    bool is_first = true;
    for (const auto& badge : found->view->badges) {
      if (schemas::state_of(badge.last) != "held")
        continue;
      text += (std::exchange(is_first, false) ? "" : ",") + badge_text(badge.last);
    }
    text += "]";
  }
  if (found)
    text += ",\"position\":\"" + to_text(found->at) + "\"";
  return text + "}";
}

result<std::vector<std::string>> parse_lookup(std::string_view body) {
  const auto document = json::parse(body, nullptr, false);
  const auto bad = [](const std::string& why) { return failure(errc::bad_input, why); };
  if (document.is_discarded())
    return bad("the body is not JSON; send {\"users\": [\"ada\"]}");
  if (!document.is_object() || document.size() != 1 || !document.contains("users")
      || !document["users"].is_array())
    return bad("the body must be {\"users\": [...]} and nothing else");
  std::vector<std::string> users;
  for (const auto& each : document["users"]) {
    if (!each.is_string() || each.get_ref<const std::string&>().empty()
        || each.get_ref<const std::string&>().size() > user_id_bytes_max)
      return bad("each of users must be a text of 1 to 256 bytes");
    users.push_back(each.get<std::string>());
  }
  if (users.empty() || users.size() > lookup_users_max)
    return bad("users must name 1 to 100 users");
  if (std::set(users.begin(), users.end()).size() != users.size())
    return bad("users names somebody twice");
  return users;
}

} // namespace laurel::api
