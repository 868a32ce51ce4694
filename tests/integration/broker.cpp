#include "tests/integration/broker.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace laurel::test {

namespace {

struct close_pipe {
  void operator()(std::FILE* pipe) const { ::pclose(pipe); }
};

std::string quoted(const std::string& text) {
  std::string safe = "'";
  for (const char c : text)
    safe += c == '\'' ? "'\\''" : std::string{c};
  return safe + "'";
}

} // namespace

broker::broker(const std::string& config) : config_(config) {
  auto pattern = (std::filesystem::temp_directory_path() / "laurel-broker-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error{"cannot make " + pattern};
  directory_ = pattern;
  restart();
}

broker::~broker() {
  try {
    run("kill " + quoted(directory_.string())); // Nobody needs its data any more.
    std::filesystem::remove_all(directory_);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "%s\n", why.what());
  }
}

broker& broker::shared() {
  static broker one;
  return one;
}

std::string broker::unique(std::string_view stem) {
  return std::string{stem} + "-" + std::to_string(++names_);
}

void broker::kill() {
  run("kill " + quoted(directory_.string()));
}

void broker::restart() {
  address_ = run("start " + quoted(directory_.string()));
}

void broker::freeze() {
  signal(SIGSTOP);
}

void broker::thaw() {
  signal(SIGCONT);
}

void broker::signal(int number) const {
  pid_t process = 0;
  std::ifstream{directory_ / "pid"} >> process;
  if (process == 0 || ::kill(process, number) != 0)
    throw std::runtime_error{"cannot signal the broker"};
}

/// Runs the script and returns the last line that it prints.
std::string broker::run(const std::string& arguments) const {
  const auto command = "LAUREL_BROKER_OWNER=" + std::to_string(::getpid())
                       + " LAUREL_BROKER_CONFIG=" + quoted(config_)
                       + " " LAUREL_SOURCE_DIR "/tests/integration/kafka/broker.sh " + arguments;
  std::unique_ptr<std::FILE, close_pipe> pipe{::popen(command.c_str(), "r")};
  if (pipe == nullptr)
    throw std::runtime_error{"cannot run broker.sh"};
  std::string output;
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), pipe.get()) != nullptr)
    output += part.data();
  const int status = ::pclose(pipe.release());
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error{"broker.sh " + arguments + " failed; what it says is above"};
  while (!output.empty() && output.back() == '\n')
    output.pop_back();
  return output;
}

} // namespace laurel::test
