// Checks properties of the source itself, so that the layout the READMEs describe stays true.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

using names = std::set<std::string>;

/// What the files of a folder may include besides the standard library and their own folder.
struct folder_rules {
  names folders;   // Folders of ours.
  names libraries; // Third-party libraries that any file of the folder may use.
};

// This table is the architecture. An entry added here is a decision, not a fix.
const std::map<std::string, folder_rules> allowed{
  {"schemas", {{}, {"simdjson", "nlohmann", "rapidjson", "protozero", "sodium", "tl"}}},
  {"state",
   {{"schemas"},
    {"boost/container", "date", "fmt", "nlohmann", "protozero", "rapidjson", "sodium", "tl", "tsl",
     "xxhash"}}},
  {"actors", {{"schemas", "state"}, {"caf", "fmt", "nlohmann", "protozero", "tl", "tsl"}}},
  {"api", {{"schemas", "state", "actors"}, {"boost", "fmt", "nlohmann", "sodium", "tl"}}},
  {"topology",
   {{"schemas", "state", "actors", "api"},
    {"caf", "CLI", "fmt", "nlohmann", "prometheus", "protozero", "rapidjson", "sodium", "spdlog",
     "tl", "toml++", "tsl"}}},
};

/// A library that only the files below one path may use: its types appear nowhere else.
struct confined {
  std::string library;
  std::string below;
};

const std::vector<confined> confined_libraries{
  {"rocksdb", "state/storage/"},
  {"rocksdb", "topology/embedded/"},
  {"librdkafka", "topology/kafka/"},
  {"caf", "api/gateway"}, // The one file of api that asks actors.
};

/// Files that may be longer than the rest, and why.
// The log's core holds every partition's state under one lock; split, two files would share it.
const std::map<std::string, std::size_t> long_files{{"topology/embedded/log_core.cpp", 370}};

constexpr std::size_t file_lines_max = 350;
constexpr std::size_t line_columns_max = 100;

const names layers{"schemas", "state", "actors", "api", "topology"};

/// The top level of the repository, dot files and the build directory apart.
const names top_level{"CMakeLists.txt", "README.md", "actors", "api",     "ops",
                      "schemas",        "state",     "tests",  "topology"};

fs::path root() {
  return LAUREL_SOURCE_DIR;
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

/// Characters, not bytes: what UTF-8 continues a character with does not count.
std::size_t columns_of(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  }));
}

std::string name_of(const fs::path& file) {
  return fs::relative(file, root()).generic_string();
}

bool is_source(const fs::path& file) {
  return file.extension() == ".hpp" || file.extension() == ".cpp";
}

/// Visits every file below `folders`; what a build or an interpreter left behind is not ours.
void for_each_file(const names& folders, const std::function<void(const fs::path&)>& visit) {
  for (const auto& folder : folders)
    for (auto at = fs::recursive_directory_iterator{root() / folder};
         at != fs::recursive_directory_iterator{}; ++at) {
      auto name = at->path().filename();
      if (name == "build" || name == "target" || name == "__pycache__")
        at.disable_recursion_pending();
      else if (at->is_regular_file())
        visit(at->path());
    }
}

void for_each_source(const names& folders, const std::function<void(const fs::path&)>& visit) {
  for_each_file(folders, [&](const fs::path& file) {
    if (is_source(file))
      visit(file);
  });
}

/// The first path component of an include. Headers in no folder (`simdjson.h`, `<vector>`) count
/// as a library if they end in `.h`, and as the standard library ("") otherwise.
std::string top_of(const std::string& include) {
  auto slash = include.find('/');
  if (slash != std::string::npos)
    return include.substr(0, slash);
  auto dot = include.find('.');
  return dot == std::string::npos ? std::string{} : include.substr(0, dot);
}

/// C and POSIX headers, which Linux gives every program.
bool is_system(const std::string& include) {
  static const names folders{"sys", "netinet", "arpa", "linux"};
  static const names files{"unistd.h",  "fcntl.h",    "poll.h",    "signal.h", "pwd.h",
                           "termios.h", "execinfo.h", "pthread.h", "time.h",   "netdb.h"};
  return folders.count(top_of(include)) == 1 || files.count(include) == 1;
}

bool may_use(const std::string& folder, const std::string& include, const std::string& file) {
  auto library = top_of(include);
  for (const auto& [name, below] : confined_libraries)
    if (name == library && file.rfind(below, 0) == 0)
      return true;
  // A part of a library is named with its folder: "boost/container".
  const auto& libraries = allowed.at(folder).libraries;
  return libraries.count(library) == 1
         || libraries.count(include.substr(0, include.find_last_of('/'))) == 1;
}

void check_includes(const std::string& folder, const fs::path& file) {
  static const std::regex include{R"(^\s*#\s*include\s+([<"])([^>"]+)[>"])"};
  for (const auto& line : lines_of(file)) {
    std::smatch match;
    if (!std::regex_search(line, match, include))
      continue;
    auto top = top_of(match[2].str());
    if (top.empty() || top == folder || is_system(match[2].str()))
      continue;
    bool ours = match[1].str() == "\"";
    INFO(name_of(file) << ": " << line);
    CHECK((ours ? allowed.at(folder).folders.count(top) == 1
                : may_use(folder, match[2].str(), name_of(file))));
  }
}

/// Words that tie the source to one machine or to one way of working on it.
const std::vector<std::regex> forbidden_words{
  std::regex{R"((^|[\s"'=(])/(work|home|root)/)"},
  std::regex{R"(\.\./shared/(?!data))"},
};

bool is_text(const fs::path& file) {
  static const names endings{".hpp", ".cpp",  ".md",  ".py",   ".sh", ".json",
                             ".txt", ".java", ".xml", ".toml", "",    ".proto"};
  return endings.count(file.extension().string()) == 1;
}

} // namespace

TEST_SUITE("tidy") {
  TEST_CASE("folders include only what lies below them") {
    for (const auto& [folder, rules] : allowed)
      for_each_source({folder},
                      [&folder = folder](const fs::path& file) { check_includes(folder, file); });
  }

  TEST_CASE("files stay short and lines stay narrow") {
    auto folders = layers;
    folders.insert("tests");
    for_each_source(folders, [](const fs::path& file) {
      INFO(name_of(file));
      auto lines = lines_of(file);
      auto exception = long_files.find(name_of(file));
      CHECK(lines.size() <= (exception == long_files.end() ? file_lines_max : exception->second));
      bool is_raw = false; // Text as it is, such as JSON, may be as wide as it wants.
      for (const auto& line : lines) {
        auto opens = line.rfind("R\"");
        auto closes = line.rfind(")\"");
        bool was_raw = is_raw || opens != std::string::npos;
        if (opens != std::string::npos)
          is_raw = closes == std::string::npos || closes < opens;
        else if (closes != std::string::npos)
          is_raw = false;
        if (!was_raw && columns_of(line) > line_columns_max)
          FAIL_CHECK("too wide: " << line);
      }
    });
  }

  TEST_CASE("every header guards itself with a pragma") {
    auto folders = layers;
    folders.insert("tests");
    for_each_source(folders, [](const fs::path& file) {
      if (file.extension() != ".hpp")
        return;
      INFO(name_of(file));
      auto lines = lines_of(file);
      CHECK(std::count(lines.begin(), lines.end(), "#pragma once") == 1);
    });
  }

  TEST_CASE("every folder at the top says what it is for") {
    auto folders = layers;
    folders.insert({"tests", "ops"});
    for (const auto& folder : folders) {
      INFO(folder);
      CHECK(fs::exists(root() / folder / "README.md"));
    }
    CHECK(fs::exists(root() / "README.md"));
  }

  TEST_CASE("the top level holds what the README names and nothing else") {
    for (const auto& entry : fs::directory_iterator{root()}) {
      auto name = entry.path().filename().string();
      if (name.front() == '.' || name == "build")
        continue;
      INFO(name);
      CHECK(top_level.count(name) == 1);
    }
  }

  TEST_CASE("nothing names a path of the machine it was written on") {
    auto folders = layers;
    folders.insert({"tests", "ops", ".ci"});
    for_each_file(folders, [](const fs::path& file) {
      if (!is_text(file) || name_of(file) == "tests/tidy_test.cpp")
        return;
      for (const auto& line : lines_of(file))
        for (const auto& word : forbidden_words) {
          INFO(name_of(file) << ": " << line);
          CHECK(!std::regex_search(line, word));
        }
    });
  }
}
