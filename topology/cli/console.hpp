#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::topology::cli {

/// How a command ends; the numbers of sysexits.h, and what they mean here.
enum exit_code : int {
  exit_ok = 0,
  exit_usage = 64,       // The command line.
  exit_data = 65,        // Events, rules: some were refused.
  exit_no_input = 66,    // A file, user or rule that is not there.
  exit_unavailable = 69, // The process or broker asked is not there, or refuses.
  exit_software = 70,    // Our own fault.
  exit_fenced = 71,      // Another process has our identity.
  exit_directory = 73,   // Another process holds the directory.
  exit_temporary = 75,   // Try again.
  exit_config = 78,      // Settings, or topics that do not fit them.
};

/// The terminal, or what stands for it in a test. Owned by main().
struct console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool may_colour = true; // False with NO_COLOR.
  /// Whether reading `in` would give something at once.
  std::function<bool()> input_waits = [] { return true; };
  std::string program = "laurel"; // As it was called: hints can be pasted.
};

enum class tint : std::uint8_t { none, red, green, yellow, blue, grey, bold };

/// `text` in colour, if `wanted`.
std::string tinted(std::string_view text, tint colour, bool wanted);

/// What is shown of text from outside: control characters become "\x1b" and the like, so that no
/// event can move a cursor.
std::string printable(std::string_view text);

/// How many columns `text` takes; colours take none.
std::size_t columns_of(std::string_view text);

/// Rows of cells, aligned; the first row is the head. Cells that are numbers stand to the right.
class text_table {
public:
  explicit text_table(std::vector<std::string> head) { rows_.push_back(std::move(head)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print(std::ostream& to, bool colour) const;

private:
  std::vector<std::vector<std::string>> rows_;
};

/// "######----" of `width` columns.
std::string bar(double fraction, std::size_t width);

/// "12,345".
std::string grouped(std::uint64_t value);

} // namespace laurel::topology::cli
