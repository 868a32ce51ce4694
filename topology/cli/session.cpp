#include "topology/cli/session.hpp"

#include "api/remote_gateway.hpp"
#include "topology/config_table.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>

namespace laurel::topology::cli {

namespace {

using schemas::errc;

int code_of(const schemas::error& why) {
  switch (why.code) {
  case errc::bad_input:
    return exit_data;
  case errc::bad_setting:
    return exit_config;
  case errc::not_found:
    return exit_no_input;
  case errc::transient:
  case errc::aborted:
    return exit_temporary;
  case errc::fenced:
    return exit_fenced;
  case errc::corrupt:
    return exit_software;
  case errc::refused:
    return exit_unavailable;
  }
  return exit_software;
}

} // namespace

void session::add_settings(CLI::App& command, const std::vector<std::string_view>& keys) {
  if (command.get_option_no_throw("--config") == nullptr)
    command.add_option("--config", config_file, "Settings file (TOML)")->type_name("FILE");
  for (const auto key : keys) {
    const auto* row = find_setting(key);
    if (row == nullptr || row->flag.empty() || command.get_option_no_throw(row->flag) != nullptr)
      continue;
    command
      .add_option_function<std::string>(
        row->flag,
        [this, name = row->key](const std::string& value) { flags.emplace_back(name, value); },
        row->help)
      ->type_name(row->type);
  }
}

void session::add_all_settings(CLI::App& command) {
  std::vector<std::string_view> keys;
  for (const auto& row : setting_table())
    keys.push_back(row.key);
  add_settings(command, keys);
}

void session::add_target(CLI::App& command) {
  add_settings(command, {"embedded.dir", "state.dir", "kafka.brokers", "env"});
}

void session::add_json(CLI::App& command) {
  command.add_flag("--json", as_json, "Print JSON, for scripts");
}

config_outcome session::load() const {
  return load_config(
    {.file = config_file ? std::optional<std::filesystem::path>(*config_file) : std::nullopt,
     .environment = from_.environment,
     .flags = flags,
     .host_name = from_.host_name,
     .working_directory = from_.working_directory});
}

std::optional<settings> session::settings_or_complain(config_outcome* loaded) {
  auto outcome = load();
  for (const auto& fault : outcome.faults)
    complain(exit_config, fault);
  if (loaded != nullptr)
    *loaded = outcome;
  if (!outcome.faults.empty())
    return std::nullopt;
  return outcome.values;
}

std::unique_ptr<api::gateway> session::open_gateway(int& code) {
  config_outcome loaded;
  const auto values = settings_or_complain(&loaded);
  if (!values)
    return code = exit_config, nullptr;
  const bool has_brokers = !values->kafka.brokers.empty();
  const bool has_state = loaded.origins.contains("state.dir");
  if (!values->is_embedded() && !has_brokers && !has_state)
    return code = complain(exit_usage, "which engine? Say --embedded DIR, --state DIR or "
                                       "--brokers LIST (or BADGE_EMBEDDED_DIR and the like)"),
           nullptr;
  auto remote = api::remote_gateway::connect(values->directory());
  if (remote)
    return std::move(*remote);
  if (remote.error().code != errc::not_found)
    return code = complain(remote.error()), nullptr;
  if (!values->is_embedded() && !has_brokers)
    return code = complain(exit_unavailable, "no process holds " + values->directory().string()
                                               + "; start it: laurel serve"),
           nullptr;
  // To make one here would hide a typing error behind an empty answer.
  if (values->is_embedded() && !std::filesystem::is_directory(values->directory()))
    return code = complain(exit_no_input, "there is no " + values->directory().string()
                                            + "; laurel serve --embedded makes it"),
           nullptr;
  auto opened = app_.open(*values);
  if (!opened)
    return code = complain(opened.error()), nullptr;
  return std::move(*opened);
}

int session::complain(int code, std::string_view what) {
  const bool colour = terminal_.err_is_terminal && terminal_.may_colour;
  terminal_.err << tinted("laurel:", tint::red, colour) << " " << what << std::endl;
  return code;
}

int session::complain(const schemas::error& why) {
  return complain(code_of(why), why.message);
}

} // namespace laurel::topology::cli
