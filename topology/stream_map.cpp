#include "topology/stream_map.hpp"

#include <charconv>
#include <fmt/format.h>
#include <set>

namespace laurel::topology {

namespace {

constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;

/// A deletion has to stay readable for as long as a store may lie unused and still be continued.
constexpr std::int64_t tombstone_ms_min = 7 * day_ms;

constexpr std::array all_streams{stream::engagement,    stream::transaction, stream::changelog,
                                 stream::grants,        stream::dlq,         stream::late,
                                 stream::catalog,       stream::identity,    stream::commands,
                                 stream::notifications, stream::trials};

bool is_input(stream which) {
  return which == stream::engagement || which == stream::transaction || which == stream::commands;
}

/// Read whole by everyone, in one order.
bool has_one_partition(stream which) {
  return which == stream::catalog || which == stream::identity;
}

bool is_compacted(stream which) {
  return which == stream::changelog || has_one_partition(which);
}

std::vector<std::pair<std::string, std::string>> settings_of(stream which) {
  if (is_input(which))
    return {{"cleanup.policy", "delete"},
            {"retention.ms", std::to_string(7 * day_ms)},
            {"message.timestamp.type", "LogAppendTime"}};
  if (which == stream::changelog)
    // Only closed segments are compacted, so they are closed early: restoring reads less. The lag
    // lets a restore that is under way finish before records vanish under it.
    return {{"cleanup.policy", "compact"},
            {"delete.retention.ms", std::to_string(tombstone_ms_min)},
            {"min.compaction.lag.ms", std::to_string(day_ms / 24)},
            {"max.compaction.lag.ms", std::to_string(7 * day_ms)}, // What was erased goes in time.
            {"segment.bytes", std::to_string(128 << 20)},
            {"segment.ms", std::to_string(day_ms)}};
  if (has_one_partition(which))
    return {{"cleanup.policy", "compact"},
            {"delete.retention.ms", std::to_string(tombstone_ms_min)}};
  return {{"cleanup.policy", "delete"}, {"retention.ms", std::to_string(30 * day_ms)}};
}

/// Looks for faults of one kind after the other, and keeps them in the order found.
class inspection {
public:
  inspection(const stream_map& streams, const std::map<std::string, topic_facts>& found)
      : streams_(streams), found_(found) {}

  std::vector<topic_fault> run() && {
    check_names();
    for (const auto which : all_streams)
      if (const auto* facts = facts_of(which))
        check_settings(which, *facts);
    check_counts();
    return std::move(faults_);
  }

private:
  const topic_facts* facts_of(stream which) const {
    const auto at = found_.find(streams_.name(which));
    return at == found_.end() ? nullptr : &at->second;
  }

  void report(stream which, std::string what, std::string cure) {
    faults_.push_back({streams_.name(which), std::move(what), std::move(cure)});
  }

  void check_names() {
    std::set<std::string_view> names;
    for (const auto which : all_streams) {
      if (!names.insert(streams_.name(which)).second)
        report(which, fmt::format("is named for two parts, one of them {}", part_of(which)),
               fmt::format("give topics.{} a name of its own", part_of(which)));
      else if (facts_of(which) == nullptr)
        report(which, "does not exist", "run `laurel topics create`");
    }
  }

  void expect(stream which, const topic_facts& facts, std::string_view key, std::string_view value,
              std::string_view why) {
    const auto at = facts.settings.find(std::string{key});
    if (at != facts.settings.end() && at->second != value)
      report(which, fmt::format("has {}={}; {}", key, at->second, why),
             fmt::format("set {}={} on it", key, value));
  }

  void check_settings(stream which, const topic_facts& facts) {
    if (is_compacted(which)) {
      expect(which, facts, "cleanup.policy", "compact", "old state would be deleted");
      check_tombstones(which, facts);
    } else {
      expect(which, facts, "cleanup.policy", "delete", "records of the same key would be lost");
    }
    if (is_input(which))
      expect(which, facts, "message.timestamp.type", "LogAppendTime",
             "clocks are bounded by the time at which the log took a record");
  }

  void check_tombstones(stream which, const topic_facts& facts) {
    const auto at = facts.settings.find("delete.retention.ms");
    if (at == facts.settings.end())
      return;
    std::int64_t ms = 0;
    const auto& text = at->second;
    std::from_chars(text.data(), text.data() + text.size(), ms);
    if (ms < tombstone_ms_min)
      report(which,
             fmt::format("has delete.retention.ms={}; what was deleted could come back", text),
             fmt::format("set delete.retention.ms={} on it, or more", tombstone_ms_min));
  }

  void check_counts() {
    const auto* first = facts_of(stream::engagement);
    for (const auto which : all_streams) {
      const auto* facts = facts_of(which);
      if (facts == nullptr)
        continue;
      if (has_one_partition(which)) {
        if (facts->partitions != 1)
          report(which, fmt::format("has {} partitions; it needs one order", facts->partitions),
                 "make it anew with one partition");
      } else if (first != nullptr && facts->partitions != first->partitions) {
        report(which,
               fmt::format("has {} partitions, {} has {}", facts->partitions,
                           streams_.name(stream::engagement), first->partitions),
               "make it anew with the same number; that number is final for a deployment");
      }
    }
  }

  const stream_map& streams_;
  const std::map<std::string, topic_facts>& found_;
  std::vector<topic_fault> faults_;
};

} // namespace

std::optional<schemas::input> stream_map::input_of(std::string_view topic) const {
  for (const auto from : schemas::every_input)
    if (topic == name(stream_of(from)))
      return from;
  return std::nullopt;
}

std::string_view part_of(stream which) {
  constexpr std::array<std::string_view, stream_count> parts{
    "engagement", "transaction", "changelog", "grants",        "dlq",   "late",
    "catalog",    "identity",    "commands",  "notifications", "trials"};
  return parts[static_cast<std::size_t>(which)];
}

std::vector<topic_plan> plan_topics(const stream_map& streams, std::int32_t partitions,
                                    std::int32_t replicas) {
  std::vector<topic_plan> plans;
  for (const auto which : all_streams) {
    topic_plan plan{which, streams.name(which), has_one_partition(which) ? 1 : partitions, replicas,
                    settings_of(which)};
    if (replicas >= 3)
      plan.settings.emplace_back("min.insync.replicas", "2");
    plans.push_back(std::move(plan));
  }
  return plans;
}

std::vector<topic_fault> faults_of(const stream_map& streams,
                                   const std::map<std::string, topic_facts>& found) {
  return inspection{streams, found}.run();
}

std::string to_text(const std::vector<topic_fault>& faults) {
  std::string text;
  for (const auto& fault : faults)
    text += fmt::format("{}topic {} {}: {}", text.empty() ? "" : "\n", fault.topic, fault.what,
                        fault.cure);
  return text;
}

} // namespace laurel::topology
