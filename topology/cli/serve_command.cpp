#include "topology/cli/session.hpp"
#include "topology/config_table.hpp"
#include "topology/config_values.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace laurel::topology::cli {

namespace {

struct serve_options {
  bool with_sample = false;
  bool with_watch = false;
  bool print_config = false;
  bool print_settings_page = false;
  std::string run_for;
};

int serve(session& with, const serve_options& options) {
  if (options.print_settings_page)
    return with.terminal().out << settings_page(), exit_ok;
  config_outcome loaded;
  const auto values = with.settings_or_complain(&loaded);
  if (options.print_config)
    with.terminal().out << print_config(loaded);
  if (!values)
    return exit_config;
  if (options.print_config)
    return exit_ok;
  serve_request what{*values, loaded.warnings, options.with_sample, options.with_watch, {}};
  if (!options.run_for.empty()) {
    const auto duration = parse_duration(options.run_for);
    if (!duration)
      return with.complain(exit_usage, "--for " + duration.error().message);
    what.run_for = *duration;
  }
  if (what.with_watch && !loaded.origins.contains("log.level"))
    what.values.log.level = "warn"; // The view says the rest, and log lines would tear it.
  const bool has_brokers = !values->kafka.brokers.empty();
  if (values->is_embedded() == has_brokers)
    return with.complain(exit_usage, has_brokers ? "--embedded and --brokers exclude each other"
                                                 : "say --embedded DIR or --brokers HOST:PORT,...");
  return with.app().serve(what, with.terminal());
}

} // namespace

void add_serve(CLI::App& root, session& with) {
  auto* command = root.add_subcommand("serve", "Run the engine");
  auto options = std::make_shared<serve_options>();
  with.add_all_settings(*command);
  command->add_flag("--sample", options->with_sample,
                    "Publish sample rules and feed an endless stream of sample events");
  command->add_flag("--watch", options->with_watch, "Show grants and revokes as they happen");
  command->add_option("--for", options->run_for, "Stop by itself after this, with exit code 0")
    ->type_name("DURATION");
  command->add_flag("--print-config", options->print_config,
                    "Print the effective settings, secrets masked, and exit");
  command->add_flag("--print-settings-page", options->print_settings_page,
                    "Print the page that describes every setting, and exit");
  command->footer("Examples:\n"
                  "  laurel serve --embedded /var/lib/laurel\n"
                  "  laurel serve --embedded /tmp/laurel --sample --watch --for 20s\n"
                  "  laurel serve --brokers kafka1:9092,kafka2:9092 --state /var/lib/laurel");
  command->callback(
    [&with, options] { with.action = [&with, options] { return serve(with, *options); }; });
}

} // namespace laurel::topology::cli
