#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace laurel::topology::cli {

namespace {

constexpr std::int32_t replicas_max = 9;

std::optional<settings> settings_with_brokers(session& with, int& code) {
  auto values = with.settings_or_complain();
  if (!values)
    return code = exit_config, std::nullopt;
  if (values->kafka.brokers.empty())
    return code = with.complain(exit_usage, "say --brokers HOST:PORT,..."), std::nullopt;
  return values;
}

int create(session& with, std::int32_t replicas) {
  int code = exit_ok;
  const auto values = settings_with_brokers(with, code);
  if (!values)
    return code;
  const auto done = with.app().create_topics(*values, replicas);
  if (!done)
    return with.complain(done.error());
  for (const auto& line : *done)
    with.terminal().out << line << "\n";
  with.terminal().out << "The number of partitions, " << values->pipeline.partition_count
                      << ", is final for this deployment: users are spread over them.\n";
  return exit_ok;
}

int verify(session& with) {
  int code = exit_ok;
  const auto values = settings_with_brokers(with, code);
  if (!values)
    return code;
  const auto faults = with.app().verify_topics(*values);
  if (!faults)
    return with.complain(faults.error());
  for (const auto& fault : *faults)
    with.complain(exit_config, fault);
  if (faults->empty())
    with.terminal().out << "All topics are as they must be.\n";
  return faults->empty() ? exit_ok : exit_config;
}

} // namespace

void add_topics(CLI::App& root, session& with) {
  auto* group = root.add_subcommand("topics", "Make Kafka's topics, or check them");
  group->require_subcommand(1);
  auto* creation =
    group->add_subcommand("create", "Create what is missing, with the right settings");
  auto* verification =
    group->add_subcommand("verify", "Name every topic that is not as it must be");
  auto replicas = std::make_shared<std::int32_t>(1);
  creation->add_option("--replicas", *replicas, "Copies of each partition; 3 in production")
    ->capture_default_str()
    ->check(CLI::Range(1, replicas_max));
  for (auto* command : {creation, verification}) {
    with.add_settings(*command,
                      {"kafka.brokers", "topics.partitions", "topics.engagement",
                       "topics.transaction", "topics.changelog", "topics.grants", "topics.dlq",
                       "topics.late", "topics.catalog", "topics.identity", "env"});
    command->footer("Example:\n  laurel topics " + command->get_name()
                    + " --brokers localhost:9092 --partitions 12");
  }
  creation->callback(
    [&with, replicas] { with.action = [&with, replicas] { return create(with, *replicas); }; });
  verification->callback([&with] { with.action = [&with] { return verify(with); }; });
}

} // namespace laurel::topology::cli
