#pragma once

#include "actors/ports.hpp"
#include "schemas/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laurel::topology {

/// The topics by the part they play.
enum class stream : std::uint8_t {
  engagement,    // input
  transaction,   // input
  changelog,     // every committed state change, compacted
  grants,        // output: the public stream of outcomes
  dlq,           // output: what could not be processed
  late,          // output: what came beyond the horizon
  catalog,       // rules, compacted, one partition
  identity,      // API keys, compacted, one partition
  commands,      // input
  notifications, // output: what somebody is to be told
  trials,        // output: what rules that are only tried would have decided
};
inline constexpr std::size_t stream_count = 11;

inline constexpr std::int32_t default_partition_count = 12;

/// What the topics are called. Every topic but the catalog and the identities has the same number
/// of partitions, and partition p of all of them belongs together: one task reads and writes
/// exactly those.
struct stream_map {
  std::array<std::string, stream_count> names{"badge.engagement.events",
                                              "badge.transaction.events",
                                              "badge.state.changelog",
                                              "badge.grants",
                                              "badge.dlq",
                                              "badge.late",
                                              "badge.catalog",
                                              "badge.identity",
                                              "badge.commands",
                                              "badge.notifications",
                                              "badge.trials"};

  const std::string& name(stream which) const { return names[static_cast<std::size_t>(which)]; }
  std::string& name(stream which) { return names[static_cast<std::size_t>(which)]; }

  /// The input that a topic carries; nothing if it is not an input.
  std::optional<schemas::input> input_of(std::string_view topic) const;
};

/// The setting that names a topic, e.g. "topics.engagement"; the word after the dot names the part.
std::string_view part_of(stream which);

constexpr stream stream_of(schemas::input from) {
  return from == schemas::input::engagement    ? stream::engagement
         : from == schemas::input::transaction ? stream::transaction
                                               : stream::commands;
}

constexpr stream stream_of(actors::output to) {
  return to == actors::output::grants          ? stream::grants
         : to == actors::output::dlq           ? stream::dlq
         : to == actors::output::late          ? stream::late
         : to == actors::output::notifications ? stream::notifications
                                               : stream::trials;
}

/// How a topic has to be made. Settings not listed are the broker's own affair.
struct topic_plan {
  stream which = stream::engagement;
  std::string name;
  std::int32_t partitions = 0;
  std::int32_t replicas = 1;
  std::vector<std::pair<std::string, std::string>> settings;
};

/// All topics. With three replicas or more a write needs two of them (`min.insync.replicas`).
std::vector<topic_plan> plan_topics(const stream_map& streams, std::int32_t partitions,
                                    std::int32_t replicas);

/// What a broker says about a topic that exists.
struct topic_facts {
  std::int32_t partitions = 0;
  std::map<std::string, std::string> settings;
};

/// Something about a topic that forbids to run, and what to do about it.
struct topic_fault {
  std::string topic;
  std::string what;
  std::string cure;

  friend bool operator==(const topic_fault&, const topic_fault&) = default;
};

/// Every fault at once: missing topics, unequal partition counts, a name used twice, settings that
/// would lose or misplace data. `found` holds the topics that exist.
std::vector<topic_fault> faults_of(const stream_map& streams,
                                   const std::map<std::string, topic_facts>& found);

/// One line a fault: what a person is shown.
std::string to_text(const std::vector<topic_fault>& faults);

} // namespace laurel::topology
