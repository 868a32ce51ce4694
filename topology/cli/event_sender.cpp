#include "topology/cli/event_sender.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace laurel::topology::cli {

namespace {

constexpr std::size_t bar_columns = 30;
constexpr std::chrono::milliseconds first_pause{100}; // Doubles at each attempt.

} // namespace

schemas::result<void> event_sender::send(std::istream& in) {
  for (std::string line; std::getline(in, line);) {
    take(std::move(line));
    if (is_batch_due(in))
      if (auto done = flush(); !done)
        return done;
  }
  auto done = flush();
  show_progress(true);
  return done;
}

void event_sender::take(std::string line) {
  ++lines_read_;
  bytes_read_ += line.size() + 1;
  if (line.ends_with('\r'))
    line.pop_back();
  if (line.find_first_not_of(" \t") == line.npos)
    return;
  if (line.size() > line_bytes_max)
    return note_fault(lines_read_, "is longer than " + std::to_string(line_bytes_max) + " bytes");
  batch_bytes_ += line.size() + 1;
  numbers_.push_back(lines_read_);
  batch_.push_back(std::move(line));
}

/// Full, or nothing more can be read at once: whoever types or pipes waits for no full batch.
bool event_sender::is_batch_due(const std::istream& in) const {
  if (batch_.size() >= batch_lines_max || batch_bytes_ + line_bytes_max > batch_bytes_max)
    return true;
  const bool is_standard_input = &in == &terminal_.in;
  return is_standard_input && in.rdbuf()->in_avail() <= 0 && !terminal_.input_waits();
}

schemas::result<void> event_sender::flush() {
  if (batch_.empty())
    return {};
  const auto outcome = append();
  if (!outcome)
    return tl::unexpected(outcome.error());
  summary_.sent += outcome->appended;
  for (const auto& fault : outcome->faults)
    note_fault(fault.line == 0 || fault.line > numbers_.size() ? 0 : numbers_[fault.line - 1],
               fault.message);
  batch_.clear();
  numbers_.clear();
  batch_bytes_ = 0;
  show_progress(false);
  return {};
}

schemas::result<api::append_outcome> event_sender::append() {
  auto pause = first_pause;
  for (int attempt = 1;; ++attempt) {
    auto outcome = engine_.append_events(batch_);
    if (outcome || outcome.error().code != schemas::errc::transient || attempt == attempts_max)
      return outcome;
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

void event_sender::note_fault(std::uint64_t line, const std::string& why) {
  ++summary_.bad;
  if (summary_.first_faults.size() < listed_faults_max) {
    if (terminal_.err_is_terminal && shown_permille_ >= 0)
      terminal_.err << "\r\x1b[K";
    terminal_.err << "line " << line << ": " << printable(why) << "\n";
    summary_.first_faults.push_back({line, why});
  } else if (summary_.bad == listed_faults_max + 1) {
    terminal_.err << "more bad lines follow; they are only counted\n";
  }
}

void event_sender::show_progress(bool is_last) {
  if (!terminal_.err_is_terminal || bytes_expected_ == 0)
    return;
  const auto share =
    std::min(1.0, static_cast<double>(bytes_read_) / static_cast<double>(bytes_expected_));
  const auto permille = static_cast<int>(share * 1'000);
  if (permille == shown_permille_ && !is_last)
    return;
  shown_permille_ = permille;
  terminal_.err << "\r\x1b[K" << bar(share, bar_columns) << " " << permille / 10 << "%  "
                << grouped(summary_.sent) << " events" << (is_last ? "\n" : "") << std::flush;
}

} // namespace laurel::topology::cli
