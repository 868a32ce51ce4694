#pragma once

#include "api/gateway.hpp"
#include "topology/cli/console.hpp"

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace laurel::topology::cli {

inline constexpr std::size_t batch_lines_max = 2'000;
inline constexpr std::size_t batch_bytes_max = 2UL * 1024 * 1024;
inline constexpr std::size_t line_bytes_max = 256UL * 1024; // No event is larger.
inline constexpr std::size_t listed_faults_max = 1'000;     // The rest is counted.
inline constexpr int attempts_max = 6;

struct send_summary {
  std::uint64_t sent = 0;
  std::uint64_t bad = 0;
  std::vector<api::line_fault> first_faults; // By line of the input.
};

/// Sends lines in batches, in order. Good lines of a batch are durable when the next one is sent;
/// bad ones are printed by number. A batch that fails for a moment is sent again: what of it had
/// arrived is told by its event ids.
class event_sender {
public:
  /// `bytes_expected`: 0 if the size of the input is not known.
  event_sender(api::gateway& engine, console& terminal, std::uint64_t bytes_expected)
      : engine_(engine), terminal_(terminal), bytes_expected_(bytes_expected) {}

  [[nodiscard]] schemas::result<void> send(std::istream& in);

  const send_summary& summary() const { return summary_; }

private:
  void take(std::string line);
  bool is_batch_due(const std::istream& in) const;
  schemas::result<void> flush();
  schemas::result<api::append_outcome> append();
  void note_fault(std::uint64_t line, const std::string& why);
  void show_progress(bool is_last);

  api::gateway& engine_;
  console& terminal_;
  std::uint64_t bytes_expected_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t lines_read_ = 0;
  std::vector<std::string> batch_;
  std::vector<std::uint64_t> numbers_; // Line of the input, for each line of the batch.
  std::size_t batch_bytes_ = 0;
  int shown_permille_ = -1;
  send_summary summary_;
};

} // namespace laurel::topology::cli
