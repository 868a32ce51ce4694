#include "topology/app.hpp"
#include "topology/cli/run.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <poll.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

using laurel::topology::cli::console;
using laurel::topology::cli::invocation;

invocation invocation_of(int argc, char** argv) {
  invocation from;
  from.arguments.assign(argv + 1, argv + argc);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != text.npos)
      from.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  from.host_name = host;
  std::error_code ignored; // A directory that is gone has no name; absolute paths still work.
  from.working_directory = std::filesystem::current_path(ignored);
  return from;
}

bool input_waits() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0;
}

} // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  std::signal(SIGPIPE, SIG_IGN); // A closed pipe is an error of the write, with a message.
  const char* no_colour = std::getenv("NO_COLOR");
  console terminal{.in = std::cin,
                   .out = std::cout,
                   .err = std::cerr,
                   .out_is_terminal = ::isatty(STDOUT_FILENO) != 0,
                   .err_is_terminal = ::isatty(STDERR_FILENO) != 0,
                   .may_colour = no_colour == nullptr || *no_colour == '\0',
                   .input_waits = input_waits,
                   .program = argc > 0 ? argv[0] : "laurel"};
  const auto app = laurel::topology::make_application();
  return laurel::topology::cli::run(invocation_of(argc, argv), terminal, *app);
}
