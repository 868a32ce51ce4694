#pragma once

#include "api/gateway.hpp"
#include "schemas/command.hpp"
#include "topology/cli/console.hpp"

#include <chrono>
#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace laurel::topology::cli {

/// One line of a batch: a command, or why it is none.
struct batch_item {
  std::uint64_t line = 0; // From 1.
  schemas::command what;
  std::string fault; // Not empty: nothing is done.
};

/// Reads NDJSON from a file, or from `in` for "-". A line without `command_id` gets one that is
/// made of what it says, so that the same file may be sent again; one without `at` is asked `now`.
/// Fails with `not_found` if there is no such file.
[[nodiscard]] schemas::result<std::vector<batch_item>>
read_commands(const std::string& file, std::istream& in, schemas::event_time now);

/// Has all of them carried out, and prints one line of JSON an item, in order: what became of it.
/// Returns the exit code: `exit_data` if some were refused, `exit_temporary` if some are not done
/// after `wait`.
int run_batch(api::gateway& engine, const std::vector<batch_item>& items,
              std::chrono::milliseconds wait, console& terminal);

} // namespace laurel::topology::cli
