#include "topology/certificate.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace laurel::topology {

namespace {

using api::erased_place;
using schemas::event_time;

/// Larger than any date: Kafka's way to say never.
constexpr std::int64_t never_ms = 1'000LL * 365 * 86'400'000;

/// A setting in milliseconds or bytes; nothing if it is not said, or means never.
std::optional<std::int64_t> bound(const topic_facts& facts, const char* name) {
  const auto found = facts.settings.find(name);
  if (found == facts.settings.end())
    return std::nullopt;
  std::int64_t number = 0;
  const auto& text = found->second;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_bound =
    bad == std::errc{} && end == text.data() + text.size() && number >= 0 && number < never_ms;
  return is_bound ? std::optional(number) : std::nullopt;
}

/// What the log deletes as it ages. A record goes with its segment, and a segment is closed first.
erased_place aging(erased_place one, const topic_facts& facts, event_time from) {
  if (const auto keep = bound(facts, "retention.ms")) {
    one.gone_by = event_time{from.ms + *keep + bound(facts, "segment.ms").value_or(0)};
    one.how = "its retention.ms, and segment.ms until a segment is closed";
  } else if (const auto bytes = bound(facts, "retention.bytes")) {
    one.how = "when the log keeps " + std::to_string(*bytes) + " bytes of later records";
  } else {
    one.how = "never: the topic has no retention; set retention.ms on it";
  }
  return one;
}

/// Deletions are written in the commit of the command. The values before them go when the log is
/// compacted, the deletions themselves, whose keys name the user, at the next one after their time.
erased_place compacting(erased_place one, const topic_facts& facts, event_time from) {
  const auto lag = bound(facts, "max.compaction.lag.ms");
  if (lag) {
    one.gone_by = event_time{from.ms + 2 * *lag + bound(facts, "delete.retention.ms").value_or(0)};
    one.how = "deletions are written; compaction, within max.compaction.lag.ms each time";
  } else {
    one.how = "deletions are written; compaction, at no time that is promised";
    if (facts.settings.contains("cleanup.policy")) // Of a broker.
      one.how += ": set max.compaction.lag.ms on it";
  }
  return one;
}

std::vector<erased_place> places_of(const log_topics& topics, event_time from) {
  std::vector<erased_place> all{
    {"store", "", true, {}, "every row of the user, in the commit of the command"}};
  for (const auto& [which, topic] : topics) {
    if (which == stream::catalog || which == stream::identity)
      continue; // They name no user.
    erased_place one{std::string(part_of(which)), topic.name, false, {}, {}};
    all.push_back(which == stream::changelog ? compacting(std::move(one), topic.facts, from)
                                             : aging(std::move(one), topic.facts, from));
  }
  all.push_back({"backups",
                 "",
                 false,
                 {},
                 "Laurel makes none; those that were made of its directories are yours to delete"});
  return all;
}

} // namespace

schemas::result<api::erasure_certificate> certificate_of(const state::user_view& user,
                                                         const log_topics& topics) {
  if (!user.erased_at)
    return schemas::failure(schemas::errc::not_found,
                            "user \"" + user.user_id + "\" was never erased here");
  api::erasure_certificate made{user.user_id, *user.erased_at, *user.erased_at, {}, {}};
  const auto last =
    std::find_if(user.commands.rbegin(), user.commands.rend(),
                 [](const auto& each) { return each.kind == schemas::command_kind::erase; });
  if (last != user.commands.rend()) {
    made.recorded_at = std::max(made.erased_at, event_time{last->recorded_at});
    made.command_id = last->id;
  }
  made.places = places_of(topics, made.recorded_at);
  return made;
}

} // namespace laurel::topology
