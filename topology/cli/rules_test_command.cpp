#include "api/rule_desk.hpp"
#include "state/rules/rule_book.hpp"
#include "topology/cli/rule_input.hpp"
#include "topology/cli/session.hpp"
#include "topology/cli/what_if.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <unistd.h>

namespace laurel::topology::cli {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t examples_default = 3;

struct test_options {
  std::vector<std::string> rules;
  std::vector<std::string> events;
  std::vector<std::string> topics; // Instead of files: what the log still holds.
  std::vector<std::string> compare;
  bool compare_active = false;
  std::size_t examples = examples_default;
};

/// A file that is gone with this.
class scratch_file {
public:
  explicit scratch_file(const std::string& text) {
    auto pattern = (std::filesystem::temp_directory_path() / "laurel-rules-XXXXXX").string();
    const int handle = ::mkstemp(pattern.data());
    if (handle >= 0)
      ::close(handle);
    path_ = pattern;
    std::ofstream(path_) << text;
  }
  ~scratch_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;

  const std::string& path() const { return path_; }

private:
  std::string path_;
};

/// Runs the engine over the events with these rules; nothing after a complaint.
std::optional<badge_census> census_of(session& with, const settings& values,
                                      const std::vector<std::string>& rules,
                                      const test_options& options, int& code) {
  replay_request what{values, {}, {}, {}};
  what.rules.assign(rules.begin(), rules.end());
  what.events.assign(options.events.begin(), options.events.end());
  std::stringstream lines;
  const auto done = with.app().replay(what, with.terminal().in, lines);
  if (!done)
    return code = with.complain(done.error()), std::nullopt;
  for (const auto& fault : done->faults)
    with.terminal().err << printable(fault) << "\n";
  if (!done->faults.empty())
    code = exit_data;
  auto census = badge_census::read(lines);
  if (!census)
    return code = with.complain(census.error()), std::nullopt;
  return std::move(*census);
}

/// What the topics hold, as a file; nothing after a complaint.
std::unique_ptr<scratch_file> history_of(session& with, const settings& values,
                                         const std::vector<std::string>& topics, int& code) {
  std::vector<schemas::input> inputs;
  for (const auto& topic : topics)
    inputs.push_back(topic == "transaction" ? schemas::input::transaction
                                            : schemas::input::engagement);
  auto file = std::make_unique<scratch_file>("");
  std::ofstream out(file->path(), std::ios::binary);
  const auto done = with.app().export_events(values, inputs, out);
  out.close();
  if (done && out)
    return file;
  code = done ? with.complain(exit_temporary, file->path() + " cannot be written")
              : with.complain(done.error());
  return nullptr;
}

/// The stored version, whose name begins with `version`, of each rule that is tested; nothing after
/// a complaint.
std::optional<std::string> stored_version(session& with, const test_options& options,
                                          const std::string& version, int& code) {
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return std::nullopt;
  auto* desk = engine->rule_life();
  std::string text;
  for (const auto& file : options.rules) {
    const auto documents = read_rule_file(with, file, code);
    if (!documents)
      return std::nullopt;
    for (const auto& document : *documents) {
      const auto compiled = state::rules::compile_rule(document.text);
      if (compiled.rule == nullptr || desk == nullptr)
        continue;
      const auto known = desk->versions(state::rules::id_of(*compiled.rule));
      for (std::size_t i = 0; known && i < known->size(); ++i)
        if ((*known)[i].version.starts_with(version))
          text += (*known)[i].document + "\n";
    }
  }
  if (!text.empty())
    return text;
  code = with.complain(exit_no_input,
                       version + " is neither a file nor a version of a rule that is tested");
  return std::nullopt;
}

/// The documents of the rules in force, one a line; nothing after a complaint.
std::optional<std::string> active_rules(session& with, int& code) {
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return std::nullopt;
  const auto rules = engine->rules();
  if (!rules)
    return code = with.complain(rules.error()), std::nullopt;
  std::string text;
  for (const auto& rule : *rules)
    if (rule.state == "active")
      text += rule.document + "\n";
  return text;
}

std::string some_of(const std::vector<std::string>& users, std::size_t examples) {
  std::string text;
  for (std::size_t i = 0; i < users.size() && i < examples; ++i)
    text += (i == 0 ? "" : ", ") + printable(users[i]);
  return users.size() > examples ? text + ", ..." : text;
}

std::string users_text(std::size_t count) {
  return grouped(count) + (count == 1 ? " user" : " users");
}

void print(session& with, const std::vector<badge_effect>& effects, bool is_compared,
           std::size_t examples) {
  auto& out = with.terminal().out;
  const bool colour = with.terminal().out_is_terminal && with.terminal().may_colour;
  if (effects.empty())
    out << "Nobody would be granted anything.\n";
  for (const auto& each : effects) {
    out << tinted(printable(each.badge), tint::bold, colour) << ": " << users_text(each.held)
        << " would hold it";
    if (each.ever > each.held)
      out << ", " << grouped(each.ever - each.held) << " more would have lost it";
    out << "; " << grouped(each.grants) << (each.grants == 1 ? " grant" : " grants") << "\n";
    if (!is_compared) {
      if (!each.gain.empty())
        out << "    " << some_of(each.gain, examples) << "\n";
      continue;
    }
    if (each.gain.empty() && each.lose.empty())
      out << "    as now\n";
    if (!each.gain.empty())
      out << tinted("    + ", tint::green, colour) << users_text(each.gain.size())
          << " would gain it: " << some_of(each.gain, examples) << "\n";
    if (!each.lose.empty())
      out << tinted("    - ", tint::red, colour) << users_text(each.lose.size())
          << " would lose it: " << some_of(each.lose, examples) << "\n";
  }
}

json head_of(const std::vector<std::string>& users, std::size_t examples) {
  json out = json::array();
  for (std::size_t i = 0; i < users.size() && i < examples; ++i)
    out.push_back(users[i]);
  return out;
}

void print_json(session& with, const std::vector<badge_effect>& effects, bool is_compared,
                std::size_t examples) {
  json badges = json::array();
  for (const auto& each : effects) {
    json entry{{"badge_id", each.badge},
               {"users_holding", each.held},
               {"users_ever", each.ever},
               {"grants", each.grants}};
    if (is_compared) {
      entry["gain"] = each.gain.size();
      entry["gain_examples"] = head_of(each.gain, examples);
      entry["lose"] = each.lose.size();
      entry["lose_examples"] = head_of(each.lose, examples);
    } else {
      entry["examples"] = head_of(each.gain, examples);
    }
    badges.push_back(std::move(entry));
  }
  with.terminal().out << json{{"badges", std::move(badges)}}.dump(-1, ' ', false,
                                                                  json::error_handler_t::replace)
                      << "\n";
}

bool are_there(session& with, const test_options& options, int& code) {
  for (const auto* files : {&options.rules, &options.events})
    for (const auto& file : *files)
      if (!std::filesystem::exists(file)) {
        code = with.complain(exit_no_input, file + " is not there");
        return false;
      }
  return true;
}

/// Files to compare with; those of versions are kept in `scratch`. Nothing after a complaint.
std::optional<std::vector<std::string>>
compared_with(session& with, const test_options& options,
              std::vector<std::unique_ptr<scratch_file>>& scratch, int& code) {
  std::vector<std::string> files;
  const auto keep = [&](const std::optional<std::string>& text) {
    if (text)
      files.push_back(scratch.emplace_back(std::make_unique<scratch_file>(*text))->path());
    return text.has_value();
  };
  if (options.compare_active && !keep(active_rules(with, code)))
    return std::nullopt;
  for (const auto& each : options.compare) {
    if (std::filesystem::exists(each))
      files.push_back(each);
    else if (!keep(stored_version(with, options, each, code)))
      return std::nullopt;
  }
  return files;
}

int test(session& with, test_options options) {
  int code = exit_ok;
  const auto values = with.settings_or_complain();
  if (!values)
    return exit_config;
  if (options.events.empty() == options.topics.empty())
    return with.complain(exit_usage, "name the history: --events FILE or --topic NAME");
  if (!are_there(with, options, code))
    return code;
  std::vector<std::unique_ptr<scratch_file>> scratch;
  const auto others = compared_with(with, options, scratch, code);
  if (!others)
    return code;
  if (!options.topics.empty()) {
    auto history = history_of(with, *values, options.topics, code);
    if (history == nullptr)
      return code;
    options.events.push_back(history->path());
    scratch.push_back(std::move(history));
  }
  const auto tested = census_of(with, *values, options.rules, options, code);
  if (!tested)
    return code;
  std::optional<badge_census> now;
  const bool is_compared = options.compare_active || !options.compare.empty();
  if (is_compared)
    now = census_of(with, *values, *others, options, code);
  if (is_compared && !now)
    return code;
  const auto effects = effects_of(*tested, now ? &*now : nullptr);
  if (with.as_json)
    print_json(with, effects, is_compared, options.examples);
  else
    print(with, effects, is_compared, options.examples);
  return code;
}

} // namespace

void add_rules_test(CLI::App& group, session& with) {
  auto options = std::make_shared<test_options>();
  auto* command = group.add_subcommand(
    "test", "What rules would grant over a history, or differently from others");
  command->add_option("FILE", options->rules, "The rules to be tested")->required();
  auto* history = command->add_option("--events", options->events, "NDJSON of events");
  history->type_name("FILE...");
  command
    ->add_option("--topic", options->topics,
                 "What the log still holds instead: engagement, transaction")
    ->check(CLI::IsMember({"engagement", "transaction"}))
    ->excludes(history);
  auto* files =
    command
      ->add_option("--compare", options->compare,
                   "The rules to compare them with, or a stored version of the one that is tested")
      ->type_name("FILE|VERSION...");
  command
    ->add_flag("--compare-active", options->compare_active, "Compare them with the rules in force")
    ->excludes(files);
  command->add_option("--examples", options->examples, "Users named for each badge")
    ->capture_default_str();
  with.add_target(*command);
  with.add_json(*command);
  command->footer(
    "Runs the whole engine over the file; nothing that runs is asked or changed.\nExamples:\n"
    "  laurel rules test new.json --events january.ndjson\n"
    "  laurel rules test new.json --events january.ndjson --compare old.json\n"
    "  laurel rules test new.json --topic engagement --compare 3f2a9c1b77d0 --brokers HOST:PORT");
  command->callback(
    [&with, options] { with.action = [&with, options] { return test(with, *options); }; });
}

} // namespace laurel::topology::cli
