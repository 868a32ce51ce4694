#include "topology/cli/rule_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace laurel::topology::cli {

namespace {

using schemas::errc;
using schemas::failure;

/// Walks over text and counts, so that the parser's events can be given a place.
struct place {
  std::size_t offset = 0;
  std::size_t line = 1;
};

class counting_iterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  counting_iterator(const char* at, place* counts) : at_(at), counts_(counts) {}
  reference operator*() const { return *at_; }
  counting_iterator& operator++() {
    ++counts_->offset;
    if (*at_ == '\n')
      ++counts_->line;
    ++at_;
    return *this;
  }
  friend bool operator==(const counting_iterator& a, const counting_iterator& b) {
    return a.at_ == b.at_;
  }

private:
  const char* at_;
  place* counts_;
};

std::string escaped(const std::string& name) {
  std::string text;
  for (const char c : name)
    text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

/// Notes the line of every part of a document, and the bytes of each top-level element if the
/// document is an array.
class place_reader final : public nlohmann::json_sax<nlohmann::json> {
public:
  place_reader(std::string_view text, std::size_t first_line) : text_(text) {
    now_.line = first_line;
  }

  bool read() {
    return nlohmann::json::sax_parse(counting_iterator(text_.data(), &now_),
                                     counting_iterator(text_.data() + text_.size(), nullptr), this);
  }

  std::vector<rule_document> documents;
  bool is_array = false;
  std::string fault;
  std::size_t fault_line = 1;

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_object(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    levels_.back().name = escaped(name);
    note_line();
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& why) override {
    fault = why.what();
    fault = fault.substr(fault.find("] ") == fault.npos ? 0 : fault.find("] ") + 2);
    fault_line = now_.line;
    return false;
  }

private:
  struct level {
    bool is_array = false;
    std::size_t index = 0;
    std::string name;
  };

  /// The pointer to the current part, below the document it belongs to.
  std::string pointer() const {
    std::string text;
    for (std::size_t i = is_array ? 1 : 0; i < levels_.size(); ++i)
      text += "/" + (levels_[i].is_array ? std::to_string(levels_[i].index) : levels_[i].name);
    return text;
  }

  /// Depth at which documents are: elements of the array, or the whole.
  std::size_t document_depth() const { return is_array ? 1 : 0; }

  void note_line() { lines_.emplace(pointer(), now_.line); }

  bool value() {
    if (levels_.size() == document_depth() && !levels_.empty())
      documents.push_back({"null", now_.line, {}}); // No rule; its fault will say so.
    else if (!levels_.empty() && levels_.back().is_array)
      note_line();
    next();
    return true;
  }

  bool open(bool array) {
    if (levels_.empty() && array)
      is_array = true;
    else if (levels_.size() == document_depth())
      begin_ = {now_.offset - 1, now_.line};
    else if (levels_.back().is_array)
      note_line();
    levels_.push_back({array, 0, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    const bool is_outer_array = levels_.empty() && is_array;
    if (levels_.size() == document_depth() && !is_outer_array) {
      documents.push_back({std::string(text_.substr(begin_.offset, now_.offset - begin_.offset)),
                           begin_.line, std::exchange(lines_, {})});
    }
    next();
    return true;
  }

  void next() {
    if (!levels_.empty() && levels_.back().is_array)
      ++levels_.back().index;
  }

  std::string_view text_;
  place now_;
  place begin_;
  std::vector<level> levels_;
  std::map<std::string, std::size_t> lines_;
};

schemas::result<std::vector<rule_document>> read_one(std::string_view text,
                                                     std::size_t first_line) {
  place_reader reader(text, first_line);
  if (!reader.read())
    return failure(errc::bad_input,
                   "line " + std::to_string(reader.fault_line) + ": " + reader.fault);
  return std::move(reader.documents);
}

/// Whether the first line is a whole JSON document and something follows it: one rule a line.
bool is_line_by_line(std::string_view file) {
  const auto start = file.find_first_not_of(" \t\r\n");
  if (start == file.npos)
    return false;
  const auto end = file.find('\n', start);
  return end != file.npos && file.find_first_not_of(" \t\r\n", end) != file.npos
         && nlohmann::json::accept(file.substr(start, end - start));
}

schemas::result<std::vector<rule_document>> read_lines(std::string_view file) {
  std::vector<rule_document> all;
  for (std::size_t number = 1; !file.empty(); ++number) {
    const auto end = std::min(file.find('\n'), file.size());
    const auto line = file.substr(0, end);
    file.remove_prefix(std::min(end + 1, file.size()));
    if (line.find_first_not_of(" \t\r") == line.npos)
      continue;
    auto one = read_one(line, number);
    if (!one)
      return one;
    std::ranges::move(*one, std::back_inserter(all));
  }
  return all;
}

} // namespace

std::size_t rule_document::line_of(std::string_view pointer) const {
  for (std::string at(pointer); !at.empty(); at.erase(at.rfind('/')))
    if (const auto found = lines.find(at); found != lines.end())
      return found->second;
    else if (at.find('/') == at.npos)
      break;
  return line;
}

schemas::result<std::vector<rule_document>> read_rules(std::string_view file) {
  auto documents = is_line_by_line(file) ? read_lines(file) : read_one(file, 1);
  if (documents && documents->empty())
    return failure(errc::bad_input, "holds no rule");
  return documents;
}

} // namespace laurel::topology::cli
