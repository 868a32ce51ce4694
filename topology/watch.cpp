#include "topology/watch.hpp"

#include <algorithm>
#include <iterator>
#include <ostream>
#include <utility>

namespace laurel::topology {

namespace {

using cli::printable;
using cli::tint;
using cli::tinted;
using clock = std::chrono::steady_clock;

constexpr std::size_t lines_at_once_max = 12; // More than that nobody reads.
constexpr std::chrono::milliseconds frame{250};
constexpr std::chrono::milliseconds terminal_refresh{1'000};
constexpr std::chrono::milliseconds plain_refresh{5'000};
constexpr std::size_t user_columns = 14;
constexpr std::size_t badge_columns = 22;

struct look {
  const char* symbol;
  const char* verb;
  tint colour;
};

look look_of(schemas::decision_kind kind) {
  switch (kind) {
  case schemas::decision_kind::granted:
    return {"\u2605", "earns", tint::green};
  case schemas::decision_kind::revoked:
    return {"\u2716", "loses", tint::red};
  case schemas::decision_kind::amended:
    return {"\u2248", "moved", tint::yellow};
  case schemas::decision_kind::withdrawn:
    return {"\u2716", "never had", tint::grey};
  case schemas::decision_kind::expired:
    return {"\u2716", "expired", tint::grey};
  case schemas::decision_kind::redeemed:
    return {"\u2713", "redeems", tint::blue};
  case schemas::decision_kind::debt:
    return {"\u2716", "owes", tint::red};
  case schemas::decision_kind::repaid:
    return {"\u2713", "repaid", tint::green};
  case schemas::decision_kind::extended:
    return {"\u2248", "extended", tint::yellow};
  case schemas::decision_kind::pinned:
    return {"\u2605", "pins", tint::blue};
  case schemas::decision_kind::unpinned:
    return {"\u2606", "unpins", tint::grey};
  }
  return {"?", "?", tint::none};
}

std::string padded(std::string text, std::size_t columns) {
  const auto taken = cli::columns_of(text);
  return text + std::string(taken < columns ? columns - taken : 0, ' ');
}

std::uint64_t events_of(const api::status_report& report) {
  std::uint64_t events = 0;
  for (const auto& task : report.tasks)
    events += task.counters.applied + task.counters.duplicate + task.counters.late
              + task.counters.erased + task.counters.dead_letter;
  return events;
}

std::string lag_of(const api::status_report& report) {
  std::int64_t lag = 0;
  for (const auto& task : report.tasks)
    for (const auto each : task.lag)
      lag += std::max<std::int64_t>(0, each);
  return cli::grouped(static_cast<std::uint64_t>(lag));
}

} // namespace

void watch_view::show_start(const std::string& target) {
  const bool colour = terminal_.out_is_terminal && terminal_.may_colour;
  const auto heading = [&](const char* text) { return tinted(text, tint::bold, colour); };
  const auto try_next = [&](const std::string& words, const char* what) {
    terminal_.out << "  " << terminal_.program << " " << words << " " << target
                  << tinted(what, tint::grey, colour) << "\n";
  };
  terminal_.out << heading("Laurel is running.")
                << " Below, users earn and lose badges as it happens.\n"
                << heading("Try next, in another terminal:\n");
  try_next("users show ada-0", "   # what a user has, and what is missing");
  try_next("status", "   # tasks, offsets, lag");
  try_next("rules list", "   # what earns a badge");
  try_next("rules show big-spender", "   # one of them, to change and publish");
  terminal_.out << "  echo '{\"event_id\":\"hello-1\",\"user_id\":\"me\",\"type\":\"checkin\","
                   "\"occurred_at\":\"2026-01-05T08:15:00Z\"}' | "
                << terminal_.program << " events send - " << target << "\n"
                << "Ctrl-C stops; the next start goes on where this one stopped.\n\n";
  terminal_.out.flush();
}

void watch_view::show(const std::vector<schemas::decision>& decisions, std::uint64_t left_out) {
  if (decisions.empty() && left_out == 0)
    return;
  clear_summary();
  left_out_ += left_out;
  for (const auto& what : decisions) {
    granted_ += what.kind == schemas::decision_kind::granted ? 1 : 0;
    revoked_ += what.kind == schemas::decision_kind::revoked ? 1 : 0;
    terminal_.out << line_of(what) << "\n";
  }
  if (left_out > 0)
    terminal_.out << "          ... and " << cli::grouped(left_out) << " more\n";
  if (terminal_.out_is_terminal)
    terminal_.out << summary_;
  terminal_.out.flush();
}

std::string watch_view::line_of(const schemas::decision& what) const {
  const bool colour = terminal_.out_is_terminal && terminal_.may_colour;
  const auto how = look_of(what.kind);
  const auto& cause = what.revoked_at ? what.revoke_cause : what.cause;
  const auto at = to_rfc3339(what.ended_at().value_or(what.granted_at));
  const auto user = padded(printable(what.user_id), user_columns);
  return tinted(at.substr(5, 5) + " " + at.substr(11, 8), tint::grey, colour) + "  "
         + tinted(user, tint::bold, colour) + " " + tinted(how.symbol, how.colour, colour) + " "
         + padded(tinted(how.verb, how.colour, colour) + " " + printable(what.badge_id),
                  badge_columns + 6)
         + tinted("by " + printable(cause), tint::grey, colour);
}

void watch_view::show(const api::status_report& report, std::chrono::milliseconds elapsed) {
  const auto text = summary_of(report, elapsed);
  if (!terminal_.out_is_terminal) {
    terminal_.out << text << std::endl;
    return;
  }
  clear_summary();
  summary_ = tinted(text, tint::blue, terminal_.may_colour);
  terminal_.out << summary_ << std::flush;
}

std::string watch_view::summary_of(const api::status_report& report,
                                   std::chrono::milliseconds elapsed) {
  const auto events = events_of(report);
  const auto before = std::exchange(events_before_, events).value_or(events);
  const auto gained = events > before ? events - before : 0; // A task that is gone takes its share.
  const auto per_second =
    elapsed.count() > 0 ? gained * 1'000 / static_cast<std::uint64_t>(elapsed.count()) : 0;
  std::string text =
    "-- " + cli::grouped(per_second) + " events/s, " + cli::grouped(events) + " in all";
  if (report.users)
    text += ", " + cli::grouped(*report.users) + " users";
  if (report.badges_held)
    text += ", " + cli::grouped(*report.badges_held) + " badges held";
  text += ", lag " + lag_of(report);
  return text + (report.ready ? "" : ", not ready") + " --";
}

void watch_view::clear_summary() {
  if (terminal_.out_is_terminal && !summary_.empty())
    terminal_.out << "\r\x1b[K";
}

void watch_view::show_end() {
  if (terminal_.out_is_terminal && !std::exchange(summary_, {}).empty())
    terminal_.out << "\n";
  terminal_.out << "Shown above: " << cli::grouped(granted_) << " grants and "
                << cli::grouped(revoked_) << " revokes; " << cli::grouped(left_out_)
                << " more decisions were only counted." << std::endl;
}

watcher::watcher(api::gateway& engine, cli::console& terminal, std::string target)
    : engine_(engine),
      view_(terminal),
      is_terminal_(terminal.out_is_terminal),
      target_(std::move(target)) {}

watcher::~watcher() {
  stop();
}

void watcher::start() {
  thread_ = std::thread([this] { run(); });
}

void watcher::stop() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable())
    thread_.join();
}

void watcher::on_decision(schemas::decision what) {
  const std::lock_guard lock{mutex_};
  if (waiting_.size() < lines_at_once_max)
    waiting_.push_back(std::move(what));
  else
    ++left_out_;
}

void watcher::show_waiting() {
  std::deque<schemas::decision> decisions;
  std::uint64_t left_out = 0;
  {
    const std::lock_guard lock{mutex_};
    decisions.swap(waiting_);
    left_out = std::exchange(left_out_, 0);
  }
  view_.show({std::make_move_iterator(decisions.begin()), std::make_move_iterator(decisions.end())},
             left_out);
}

void watcher::run() {
  view_.show_start(target_);
  auto reported_at = clock::now();
  const auto refresh = is_terminal_ ? terminal_refresh : plain_refresh;
  for (bool is_first = true;; is_first = false) {
    {
      std::unique_lock lock{mutex_};
      if (changed_.wait_for(lock, frame, [this] { return is_stopping_; }))
        break;
    }
    show_waiting();
    const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - reported_at);
    if (!is_first && elapsed < refresh)
      continue;
    if (const auto report = engine_.status())
      view_.show(*report, elapsed);
    reported_at = clock::now();
  }
  show_waiting();
  view_.show_end();
}

} // namespace laurel::topology
