#pragma once

#include "api/gateway.hpp"
#include "schemas/base/result.hpp"
#include "schemas/base/time.hpp"
#include "schemas/event.hpp"
#include "topology/config.hpp"
#include "topology/settings.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace laurel::topology::cli {

struct console;

/// What `laurel serve` was asked to do besides what the settings say.
struct serve_request {
  settings values;
  std::vector<std::string> warnings; // To log at start.
  bool with_sample = false;          // Sample rules and an endless stream of sample events.
  bool with_watch = false;           // Show decisions as they happen.
  std::optional<std::chrono::milliseconds> run_for; // Stop by itself after this.
};

struct replay_request {
  settings values; // Horizons and limits; no directory of theirs is touched.
  std::vector<std::filesystem::path> rules;
  std::vector<std::filesystem::path> events; // "-" is standard input.
  std::optional<schemas::event_time> until;  // Events after it are left out.
};

/// What `laurel replay` did, for the line on stderr.
struct replay_summary {
  std::uint64_t events = 0;
  std::uint64_t users = 0;
  std::uint64_t granted = 0;
  std::uint64_t revoked = 0;
  std::vector<std::string> faults; // "FILE:LINE: why", one for each line that is no event.
};

/// What the command line needs from the application; a fake stands for it in tests.
class application {
public:
  virtual ~application() = default;

  /// Runs until it is told to stop (SIGINT, SIGTERM, `run_for`). Logs what goes wrong and returns
  /// the exit code.
  virtual int serve(const serve_request& what, console& terminal) = 0;

  /// Writes the fold of all decisions to `out`.
  [[nodiscard]] virtual schemas::result<replay_summary>
  replay(const replay_request& what, std::istream& in, std::ostream& out) = 0;

  /// Writes what the log's input topics hold to `out`, one event a line: each user's in the order
  /// of the topic. `inputs` are the topics. Of the embedded log only while no process holds it.
  [[nodiscard]] virtual schemas::result<void> export_events(const settings& values,
                                                            std::span<const schemas::input> inputs,
                                                            std::ostream& out) = 0;

  /// Opens what `values` names for one command, when no process could be asked: the embedded
  /// directory, or the brokers' topics (then `user` and `status` are refused).
  [[nodiscard]] virtual schemas::result<std::unique_ptr<api::gateway>>
  open(const settings& values) = 0;

  /// Creates what is missing; each line of the answer says what was done.
  [[nodiscard]] virtual schemas::result<std::vector<std::string>>
  create_topics(const settings& values, std::int32_t replicas) = 0;

  /// The lines are the faults, each with its cure; none if the topics are as they must be.
  [[nodiscard]] virtual schemas::result<std::vector<std::string>>
  verify_topics(const settings& values) = 0;
};

} // namespace laurel::topology::cli
