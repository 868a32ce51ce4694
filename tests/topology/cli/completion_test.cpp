#include "tests/topology/cli/command_world.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <memory>

using tests_world = laurel::tests::command_world;

namespace {

/// What a shell command prints; its exit code must be 0.
std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), got);
  REQUIRE(::pclose(pipe) == 0);
  return text;
}

/// What bash offers for `line`, whose last word is being typed.
std::string offered(const std::string& script, const std::string& words, int count) {
  return output_of("bash -c 'source " + script + "; COMP_WORDS=(" + words + "); COMP_CWORD="
                   + std::to_string(count) + "; _laurel; echo \"${COMPREPLY[@]}\"'");
}

} // namespace

TEST_SUITE("completion") {
  TEST_CASE("bash offers the commands and flags that fit, and only those") {
    tests_world w;
    REQUIRE(w.type({"completion", "bash"}) == 0);
    const auto script = w.file("laurel.bash", w.out);

    CHECK(offered(script, "laurel st", 1) == "status store\n");
    CHECK(offered(script, "laurel rules p", 2) == "publish\n");
    CHECK(offered(script, "laurel rules publish --emb", 3) == "--embedded\n");
    CHECK(offered(script, "laurel users show --commit", 3) == "\n");
    CHECK(offered(script, "laurel serve --embedded DIR --commit-max-r", 4)
          == "--commit-max-records\n");
  }

  TEST_CASE("zsh and fish know every command") {
    tests_world w;
    for (const auto* shell : {"zsh", "fish"}) {
      REQUIRE(w.type({"completion", shell}) == 0);
      for (const auto* word : {"serve", "publish", "verify", "replay", "embedded", "json"})
        CHECK_MESSAGE(w.out.find(word) != std::string::npos, shell, " ", word);
    }
  }

  TEST_CASE("zsh's script has the syntax of a shell") {
    tests_world w;
    REQUIRE(w.type({"completion", "zsh"}) == 0);
    auto text = w.out;
    text.replace(text.find("${=words_}"), 10, "${words_}"); // The one thing that bash cannot read.

    CHECK(output_of("bash -n " + w.file("laurel.zsh", text)).empty());
  }
}
