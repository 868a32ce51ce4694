#include "topology/sample/sample_feeder.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

// The rules are compiled in, so that an installed program has them too. The assembler looks for the
// file where the compiler looks for headers: from the root of the sources.
__asm__(".pushsection .rodata\n"
        "laurel_sample_rules_begin:\n"
        ".incbin \"topology/sample/rules.json\"\n"
        "laurel_sample_rules_end:\n"
        ".byte 0\n"
        ".global laurel_sample_rules_begin\n"
        ".global laurel_sample_rules_end\n"
        ".popsection\n");

extern "C" {
extern const char laurel_sample_rules_begin[];
extern const char laurel_sample_rules_end[];
}

namespace laurel::topology {

namespace {

constexpr std::size_t batch_lines_max = 2'000;
constexpr std::chrono::milliseconds pace{100};
constexpr std::chrono::milliseconds retry_pause{1'000};

std::optional<std::string> contents_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in)
    return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

} // namespace

std::string_view sample_rules() {
  return {laurel_sample_rules_begin,
          static_cast<std::size_t>(laurel_sample_rules_end - laurel_sample_rules_begin)};
}

schemas::result<void> publish_sample_rules(api::gateway& engine) {
  const auto known = engine.rules();
  if (!known)
    return tl::unexpected(known.error());
  if (!known->empty())
    return {};
  for (const auto& rule : nlohmann::json::parse(sample_rules())) {
    const auto outcome = engine.publish_rule(rule.dump());
    if (!outcome)
      return tl::unexpected(outcome.error());
    if (!outcome->faults.empty())
      return schemas::failure(schemas::errc::bad_input,
                              "a sample rule is not valid: " + outcome->faults[0].path + ": "
                                + outcome->faults[0].message);
  }
  return {};
}

sample_feeder::sample_feeder(parts from)
    : given_(std::move(from)),
      cursor_(sample_stream(given_.seed), contents_of(given_.position_file), given_.now()) {}

sample_feeder::~sample_feeder() {
  stop();
}

void sample_feeder::start() {
  thread_ = std::thread([this] { run(); });
}

void sample_feeder::stop() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable())
    thread_.join();
}

bool sample_feeder::wait(std::chrono::milliseconds at_most) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, at_most, [this] { return is_stopping_; });
}

void sample_feeder::run() {
  while (!wait(pace))
    for (auto lines = cursor_.take(given_.now(), batch_lines_max); !lines.empty();
         lines = cursor_.take(given_.now(), batch_lines_max)) {
      if (!send(lines))
        return;
      save();
    }
}

/// Until it succeeds or the feeder stops; then the position is not saved, and they come again.
/// Returns whether to go on.
bool sample_feeder::send(const std::vector<std::string>& lines) {
  for (bool is_first = true;; is_first = false) {
    const auto outcome = given_.engine->append_events(lines);
    if (outcome) {
      if (!outcome->faults.empty())
        given_.journal->note(actors::severity::error, "sample event refused",
                             {{"why", outcome->faults[0].message}});
      return !wait(std::chrono::milliseconds{0});
    }
    if (is_first)
      given_.journal->note(actors::severity::warning, "sample events wait",
                           {{"why", outcome.error().message}});
    if (wait(retry_pause))
      return false;
  }
}

/// Written beside and renamed, so that a crash leaves the old position or the new one.
void sample_feeder::save() {
  auto beside = given_.position_file;
  beside += ".new";
  {
    std::ofstream out(beside, std::ios::trunc);
    out << cursor_.text();
    if (!out)
      return; // The old position serves: what is sent again has the same ids.
  }
  std::error_code ignored; // As above.
  std::filesystem::rename(beside, given_.position_file, ignored);
}

} // namespace laurel::topology
