#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace laurel::topology::cli {

namespace {

struct tasks_options {
  std::vector<std::int32_t> partitions;
  bool all = false;
  std::string reason;
};

int order(session& with, const tasks_options& options, actors::task_order what) {
  if (options.partitions.empty() == !options.all)
    return with.complain(exit_usage, "which tasks? Name partitions, or say --all");
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  if (engine->desk() == nullptr)
    return with.complain(exit_unavailable, "nobody here can be asked that");
  const auto done = engine->desk()->order_tasks(options.partitions, what, options.reason);
  if (!done)
    return with.complain(done.error());
  std::string list;
  for (const auto partition : *done)
    list += " " + std::to_string(partition);
  if (done->empty())
    return with.complain(exit_no_input, "none of these tasks runs in this process");
  with.terminal().out << text_of(what) << " ordered for" << list
                      << "; `laurel status` tells when it is done\n";
  return exit_ok;
}

void add_order(CLI::App& group, session& with, actors::task_order what, const char* help) {
  auto options = std::make_shared<tasks_options>();
  auto* command = group.add_subcommand(std::string{text_of(what)}, help);
  command->add_option("PARTITION", options->partitions, "Partitions of this process");
  command->add_flag("--all", options->all, "All tasks of this process");
  if (what == actors::task_order::pause)
    command->add_option("--reason", options->reason, "Shown by `laurel status`");
  with.add_target(*command);
  command->footer("Example:\n  laurel tasks " + std::string{text_of(what)}
                  + " 3 --embedded /var/lib/laurel");
  command->callback([&with, options, what] {
    with.action = [&with, options, what] { return order(with, *options, what); };
  });
}

} // namespace

void add_tasks(CLI::App& root, session& with) {
  auto* group = root.add_subcommand("tasks", "Pause, resume, restart, rebuild tasks of a process");
  group->require_subcommand(1);
  using actors::task_order;
  add_order(*group, with, task_order::pause,
            "Commit what is evaluated, then read nothing; queries are answered");
  add_order(*group, with, task_order::resume, "Read on");
  add_order(*group, with, task_order::restart, "Open again from what is committed");
  add_order(*group, with, task_order::rebuild,
            "Move the store aside and fill it from the changelog");
}

} // namespace laurel::topology::cli
