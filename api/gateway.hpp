#pragma once

#include "api/erasure.hpp"
#include "api/operations.hpp"
#include "schemas/base/result.hpp"
#include "schemas/base/time.hpp"
#include "schemas/command.hpp"
#include "schemas/event.hpp"
#include "state/explanation.hpp"
#include "state/meta.hpp"
#include "state/rules/rule_book.hpp"
#include "state/user_machine.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::api {

/// A rule as the catalog has it.
struct rule_summary {
  std::string id;
  std::string version;
  std::string state; // "active", "retired", "draft", or "broken": stored, but not understood here.
  std::string document; // Canonical JSON.
  std::string shadow{}; // The version that is tried beside it; empty: none.
};

/// What became of a document that was to be published. With faults, nothing has changed.
struct publish_outcome {
  std::string id;
  std::string version;
  bool changed = false; // False too if this version was in force already.
  std::vector<state::rules::rule_fault> faults;
};

/// A line that is not an event: its number in the batch, from 1, and why.
struct line_fault {
  std::uint64_t line = 0;
  std::string message;
};

/// What became of a batch of lines: the good ones are durable, the others are listed.
struct append_outcome {
  std::uint64_t appended = 0;
  std::vector<line_fault> faults;
};

/// One task as `laurel status` shows it.
struct task_status {
  std::int32_t partition = 0;
  std::string phase;   // "fencing", "restoring", "running", "failed", "stored" (no process runs it)
  std::string problem; // Why it is not running, for people.
  std::array<std::int64_t, schemas::input_count> next_offset{};
  std::array<std::int64_t, schemas::input_count> lag{}; // -1: unknown.
  std::uint64_t commits = 0;                            // The task's commit number.
  std::uint64_t owner_epoch = 0;
  std::uint64_t restored_records = 0; // Changelog records read at the last take-over.
  std::uint64_t awake_users = 0;
  std::uint64_t parked_users = 0;
  std::uint64_t failures = 0; // Of the task, since the process started.
  std::string last_failure;   // "CLASS: why", also when it is over.
  schemas::event_time clock = schemas::event_time::lowest();
  state::record_counters counters;
};

/// What a process does right now.
struct status_report {
  std::string instance;
  std::string version;
  std::string log;    // "embedded DIR" or "kafka LIST", for people.
  bool ready = false; // All assigned tasks run.
  std::int64_t uptime_ms = 0;
  std::uint64_t rules_active = 0;
  std::int64_t catalog_position = 0;
  std::optional<std::uint64_t> users;       // Users with state here, where it is known.
  std::optional<std::uint64_t> badges_held; // Badges they hold now, where it is known.
  std::vector<task_status> tasks;           // By partition.
};

class key_desk;
class rule_desk;
class catalogue_desk;

/// What the routes and the command line ask the pipeline. The running application implements it,
/// and so does `remote_gateway`, which asks another process; so a command is written once.
///
/// Every call may block for a log append or a disk read; all are safe from any thread.
class gateway {
public:
  virtual ~gateway() = default;

  /// Committed badges and progress. `not_found` if the user has no state here; `refused` if the
  /// user's partition is elsewhere (the message names it); `transient` while it restores.
  [[nodiscard]] virtual schemas::result<state::user_view> user(const std::string& user_id) = 0;

  /// Why a user has a badge of a rule or not; `now` of the request is the task's clock. Errors as
  /// `user`, and as `state::explain`.
  [[nodiscard]] virtual schemas::result<state::explanation>
  explain(state::explain_request what) = 0;

  [[nodiscard]] virtual schemas::result<status_report> status() = 0;

  /// By id.
  [[nodiscard]] virtual schemas::result<std::vector<rule_summary>> rules() = 0;

  /// Validates first; the outcome lists the document's faults. Durable when it returns.
  [[nodiscard]] virtual schemas::result<publish_outcome>
  publish_rule(const std::string& document) = 0;

  /// `not_found` if there is no such rule. Holders keep what they have.
  [[nodiscard]] virtual schemas::result<void> retire_rule(const std::string& id) = 0;

  /// Validates line by line (a blank line is skipped); good lines are durable when it returns.
  [[nodiscard]] virtual schemas::result<append_outcome>
  append_events(std::span<const std::string> lines) = 0;

  /// The same, as a part of the W3C trace that `traceparent` names, unless that is empty: the
  /// records carry it on.
  [[nodiscard]] virtual schemas::result<append_outcome>
  append_traced(std::span<const std::string> lines, std::string_view traceparent) {
    (void) traceparent; // Who cannot carry it on may drop it: it decides nothing.
    return append_events(lines);
  }

  /// Durable when it returns. What became of it is told with the user (`user_view::commands`), once
  /// the task has carried it out.
  [[nodiscard]] virtual schemas::result<void> append_command(const schemas::command& what) = 0;

  /// The same, as a part of a trace.
  [[nodiscard]] virtual schemas::result<void> append_traced(const schemas::command& what,
                                                            std::string_view traceparent) {
    (void) traceparent;
    return append_command(what);
  }

  /// What there still is of a user who was erased, and until when. `not_found` if nobody of that id
  /// ever was; others as `user`.
  [[nodiscard]] virtual schemas::result<erasure_certificate>
  erasure(const std::string& user_id) = 0;

  /// Whether commands are carried out while one waits; else when an engine is started.
  virtual bool carries_out() const { return true; }

  /// Where API keys are made and ended; null where there are none.
  virtual key_desk* keys() { return nullptr; }

  /// What happens to rules beside publishing and retiring; null where there is no catalog.
  virtual rule_desk* rule_life() { return nullptr; }

  /// Badges, series and categories as people are shown them; null where there is no catalog.
  virtual catalogue_desk* catalogue() { return nullptr; }

  /// What operators ask beside this; null where nobody can answer it.
  virtual operations* desk() { return nullptr; }
};

} // namespace laurel::api
