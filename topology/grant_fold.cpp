#include "topology/grant_fold.hpp"

#include "schemas/decision_codec.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace laurel::topology {

namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void field(json_writer& json, const char* name, std::string_view value) {
  json.Key(name);
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

/// The line of its beginning, or of its end.
void write_line(std::ostream& out, const schemas::decision& of, schemas::event_time recorded_at,
                bool is_end) {
  rapidjson::StringBuffer text;
  json_writer json{text};
  json.StartObject();
  field(json, "kind", !is_end ? "granted" : of.revoked_at ? "revoked" : "expired");
  field(json, "user_id", of.user_id);
  field(json, "badge_id", of.badge_id);
  field(json, "rule_id", of.rule_id);
  json.Key("key");
  json.StartArray();
  for (const auto& part : of.key)
    json.String(part.data(), static_cast<rapidjson::SizeType>(part.size()));
  json.EndArray();
  json.Key("n");
  json.Uint(of.n);
  field(json, "granted_at", schemas::to_rfc3339(of.granted_at));
  field(json, "recorded_at", schemas::to_rfc3339(recorded_at));
  constexpr std::string_view time_alone = "window_end";
  field(json, "cause", !is_end ? of.cause : of.revoked_at ? of.revoke_cause : time_alone);
  if (is_end)
    field(json, of.revoked_at ? "revoked_at" : "expired_at", schemas::to_rfc3339(*of.ended_at()));
  json.EndObject();
  out.write(text.GetString(), static_cast<std::streamsize>(text.GetSize()));
  out.put('\n');
}

auto order_of(const schemas::decision& of) {
  return std::tie(of.granted_at, of.user_id, of.rule_id, of.key, of.n);
}

} // namespace

void grant_fold::add(schemas::decision record) {
  auto& known = grants_[record.grant_id];
  const bool tells_begin = record.kind == schemas::decision_kind::granted
                           || record.kind == schemas::decision_kind::amended
                           || record.kind == schemas::decision_kind::withdrawn;
  if (tells_begin) {
    const auto at =
      std::lower_bound(known.begins.begin(), known.begins.end(), record.revision,
                       [](const telling& one, std::uint32_t n) { return one.revision < n; });
    known.begins.insert(at, {record.revision, record.granted_at, record.cause, record.recorded_at});
  }
  if (known.last.grant_id.empty() || known.last.revision < record.revision)
    known.last = std::move(record);
}

/// When it was noticed that it began just then: what moved nothing but its end told nothing new.
schemas::event_time grant_fold::folded::noticed_at() const {
  if (begins.empty())
    return {};
  const auto& now = begins.back();
  auto noticed = now.recorded_at;
  for (auto at = begins.rbegin(); at != begins.rend(); ++at) {
    if (at->granted_at != now.granted_at || at->cause != now.cause)
      break;
    noticed = at->recorded_at;
  }
  return noticed;
}

std::uint64_t grant_fold::granted() const {
  return static_cast<std::uint64_t>(
    std::count_if(grants_.begin(), grants_.end(), [](const auto& each) {
      return each.second.last.kind != schemas::decision_kind::withdrawn;
    }));
}

std::uint64_t grant_fold::revoked() const {
  return static_cast<std::uint64_t>(
    std::count_if(grants_.begin(), grants_.end(), [](const auto& each) {
      const auto& last = each.second.last;
      return last.kind != schemas::decision_kind::withdrawn && last.ended_at().has_value();
    }));
}

void grant_fold::write(std::ostream& out) const {
  std::vector<const folded*> sorted;
  sorted.reserve(grants_.size());
  for (const auto& [id, grant] : grants_)
    if (grant.last.kind != schemas::decision_kind::withdrawn)
      sorted.push_back(&grant);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return order_of(a->last) < order_of(b->last); });
  for (const auto* grant : sorted) {
    write_line(out, grant->last, grant->noticed_at(), false);
    if (grant->last.ended_at())
      write_line(out, grant->last, grant->last.recorded_at, true);
  }
}

} // namespace laurel::topology
