#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace laurel::topology::cli {

namespace {

/// A command as the shells see it: its words, and what may follow them.
struct node {
  std::string path; // "laurel rules publish"
  std::vector<const CLI::App*> commands;
  std::vector<const CLI::Option*> options;
};

std::vector<node> nodes_of(const CLI::App* app, const std::string& path) {
  const auto commands = app->get_subcommands([](const CLI::App*) { return true; });
  std::vector<node> nodes{{path, {commands.begin(), commands.end()}, app->get_options()}};
  for (const auto* command : commands)
    for (auto& inner : nodes_of(command, path + " " + command->get_name()))
      nodes.push_back(std::move(inner));
  return nodes;
}

std::vector<std::string> flags_of(const node& at) {
  std::vector<std::string> flags;
  for (const auto* option : at.options)
    for (const auto& name : option->get_lnames())
      flags.push_back("--" + name);
  return flags;
}

std::string words_of(const node& at) {
  std::string words;
  for (const auto* command : at.commands)
    words += command->get_name() + " ";
  for (const auto& flag : flags_of(at))
    words += flag + " ";
  return words;
}

/// A case of a shell's `case` for each command.
std::string cases_of(const std::vector<node>& nodes) {
  std::string text;
  for (const auto& at : nodes)
    text += "    \"" + at.path + "\") words=\"" + words_of(at) + "\" ;;\n";
  return text;
}

std::string paths_of(const std::vector<node>& nodes) {
  std::string text;
  for (const auto& at : nodes)
    text += "|" + at.path;
  return text.substr(1);
}

std::string quoted_paths(const std::vector<node>& nodes) {
  auto text = paths_of(nodes);
  for (auto at = text.find('|'); at != text.npos; at = text.find('|', at + 3))
    text.replace(at, 1, "\"|\"");
  return "\"" + text + "\"";
}

std::string bash(const std::vector<node>& nodes) {
  return "# laurel completion for bash:  source <(laurel completion bash)\n"
         "_laurel() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" path=\"laurel\" word words=\"\" i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=\"${COMP_WORDS[i]}\"\n"
         "    case \"$path $word\" in "
         + quoted_paths(nodes)
         + ") path=\"$path $word\" ;; esac\n"
           "  done\n"
           "  case \"$path\" in\n"
         + cases_of(nodes)
         + "  esac\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "}\n"
           "complete -o default -F _laurel laurel\n";
}

std::string zsh(const std::vector<node>& nodes) {
  return "#compdef laurel\n"
         "# laurel completion for zsh:  source <(laurel completion zsh)\n"
         "_laurel() {\n"
         "  local path_=\"laurel\" word words_=\"\" i\n"
         "  for ((i = 2; i < CURRENT; i++)); do\n"
         "    word=\"${words[i]}\"\n"
         "    case \"$path_ $word\" in "
         + quoted_paths(nodes)
         + ") path_=\"$path_ $word\" ;; esac\n"
           "  done\n"
           "  case \"$path_\" in\n"
         +
         [&] {
           auto text = cases_of(nodes);
           for (auto at = text.find(" words="); at != text.npos; at = text.find(" words=", at + 8))
             text.replace(at, 7, " words_=");
           return text;
         }()
         + "  esac\n"
           "  compadd -- ${=words_}\n"
           "  _files\n"
           "}\n"
           "compdef _laurel laurel\n";
}

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += (c == '\'' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

/// True when exactly the words of `path` have been typed so far.
std::string fish_condition(const std::string& path) {
  return fish_quoted("test (string join ' ' -- (__laurel_path)) = '" + path + "'");
}

std::string fish(const std::vector<node>& nodes) {
  std::string text = "# laurel completion for fish:  laurel completion fish | source\n"
                     "function __laurel_path\n"
                     "  set -l path laurel\n"
                     "  for word in (commandline -opc)[2..-1]\n"
                     "    switch \"$path $word\"\n"
                     "      case";
  for (const auto& at : nodes)
    text += " " + fish_quoted(at.path);
  text += "\n        set path \"$path $word\"\n    end\n  end\n  echo $path\nend\n";
  for (const auto& at : nodes) {
    const auto start = "complete -c laurel -n " + fish_condition(at.path) + " ";
    for (const auto* command : at.commands)
      text += start + "-a " + command->get_name() + " -d " + fish_quoted(command->get_description())
              + "\n";
    for (const auto* option : at.options)
      for (const auto& name : option->get_lnames())
        text += start + "-l " + name + " -d " + fish_quoted(option->get_description()) + "\n";
  }
  return text;
}

} // namespace

void add_completion(CLI::App& root, session& with) {
  auto* group = root.add_subcommand("completion", "Print the completion script of a shell");
  group->require_subcommand(1);
  using writer = std::string (*)(const std::vector<node>&);
  const auto add = [&](const char* shell, writer write) {
    auto* command = group->add_subcommand(shell, std::string("For ") + shell);
    command->footer(std::string("Example:\n  laurel completion ") + shell
                    + (std::string(shell) == "fish" ? " | source" : " > /etc/laurel.completion"));
    command->callback([&with, &root, write] {
      with.action = [&with, &root, write] {
        with.terminal().out << write(nodes_of(&root, "laurel"));
        return static_cast<int>(exit_ok);
      };
    });
  };
  add("bash", bash);
  add("zsh", zsh);
  add("fish", fish);
}

} // namespace laurel::topology::cli
