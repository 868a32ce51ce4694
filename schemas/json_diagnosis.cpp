#include "schemas/json_diagnosis.hpp"

#include "schemas/base/rapidjson.hpp"
#include "schemas/base/text.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <unordered_set>
#include <vector>

namespace laurel::schemas {

namespace {

constexpr unsigned parse_flags =
  rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

/// Integers must fit into 64 bits, signed or not; other numbers into a `decimal`.
bool is_in_range(const std::string& number) {
  const char* const begin = number.data();
  const char* const end = begin + number.size();
  if (number.find_first_of(".eE") == std::string::npos) {
    std::int64_t negative = 0;
    std::uint64_t positive = 0;
    return number[0] == '-' ? std::from_chars(begin, end, negative).ec == std::errc()
                            : std::from_chars(begin, end, positive).ec == std::errc();
  }
  return std::abs(std::strtod(begin, nullptr)) <= fraction_max; // No locale is ever set.
}

event_fault fault_of(rapidjson::ParseErrorCode code) {
  switch (code) {
  case rapidjson::kParseErrorDocumentEmpty:
    return event_fault::empty;
  case rapidjson::kParseErrorStringInvalidEncoding:
  case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
    return event_fault::bad_utf8;
  case rapidjson::kParseErrorNumberTooBig:
    return event_fault::number_out_of_range;
  default:
    return event_fault::bad_json;
  }
}

/// The reader lets the escape of a low surrogate without a high one pass, and makes these bytes of
/// it, which begin no character.
bool has_lone_surrogate(std::string_view text) {
  constexpr auto nowhere = std::string_view::npos;
  for (auto at = text.find('\xed'); at != nowhere; at = text.find('\xed', at + 1))
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xa0)
      return true;
  return false;
}

/// Follows the reader through the document and keeps the pointer of where it is. Stops it (by
/// returning false) at the first fault, or at the wanted pointer.
class tracker {
public:
  tracker(std::string_view bytes, const rapidjson::MemoryStream& stream, std::size_t depth_max)
      : bytes_(bytes), stream_(stream), depth_max_(depth_max) {}

  void want(std::string_view pointer) { wanted_ = pointer; }

  const std::optional<json_fault>& fault() const { return fault_; }
  std::optional<std::size_t> found() const { return found_; }

  std::string pointer() const {
    std::string text;
    for (const level& each : levels_)
      if (each.is_array)
        text += "/" + std::to_string(each.index);
      else if (!each.names.empty()) // Else before the first name.
        text += pointer_part(each.name);
    return text;
  }

  bool Null() { return scalar(); }
  bool Bool(bool) { return scalar(); }
  bool Int(int) { return scalar(); }
  bool Uint(unsigned) { return scalar(); }
  bool Int64(std::int64_t) { return scalar(); }
  bool Uint64(std::uint64_t) { return scalar(); }
  bool Double(double) { return scalar(); }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return begin_value() && whole_characters({text, length}) && end_value();
  }

  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    if (!begin_value())
      return false;
    const std::string number(text, length);
    if (!is_in_range(number))
      return fail(event_fault::number_out_of_range,
                  "the number " + quoted(number) + " is out of range");
    return end_value();
  }

  bool StartObject() { return open(false); }
  bool StartArray() { return open(true); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  bool Key(const char* text, rapidjson::SizeType length, bool) {
    begin_ = token_begin();
    level& here = levels_.back();
    here.name.assign(text, length);
    if (!whole_characters(here.name))
      return false;
    if (!here.names.insert(here.name).second)
      return fail(event_fault::duplicate_key, "the name occurs twice in its object");
    end_ = stream_.Tell();
    return true;
  }

private:
  struct level {
    bool is_array = false;
    std::size_t index = 0;
    std::string name;
    std::unordered_set<std::string> names;
  };

  /// Where the token that was just read began: behind the one before it.
  std::size_t token_begin() const {
    const std::size_t at = bytes_.find_first_not_of(" \t\r\n:,", end_);
    return at == std::string_view::npos ? end_ : at;
  }

  /// A lower bound of the size of `pointer()`. Without it a long name above many values would be
  /// copied for each of them.
  std::size_t shortest_pointer() const {
    std::size_t size = 0;
    for (const level& each : levels_)
      size += 1 + each.name.size();
    return size;
  }

  bool begin_value() {
    begin_ = token_begin();
    end_ = stream_.Tell();
    if (!wanted_ || shortest_pointer() > wanted_->size() || *wanted_ != pointer())
      return true;
    found_ = begin_;
    return false;
  }

  bool end_value() {
    if (!levels_.empty())
      ++levels_.back().index;
    return true;
  }

  bool scalar() { return begin_value() && end_value(); }

  bool whole_characters(std::string_view text) {
    return !has_lone_surrogate(text)
           || fail(event_fault::bad_utf8, "the escape of half a surrogate pair is no character");
  }

  bool open(bool is_array) {
    if (!begin_value())
      return false;
    if (levels_.size() == depth_max_)
      return fail(event_fault::too_deep, "objects and arrays are nested deeper than "
                                           + std::to_string(depth_max_) + " levels");
    levels_.push_back({is_array, 0, {}, {}});
    return true;
  }

  bool close() {
    end_ = stream_.Tell();
    levels_.pop_back();
    return end_value();
  }

  bool fail(event_fault fault, std::string what) {
    fault_ = json_fault{fault, pointer(), begin_, std::move(what)};
    return false;
  }

  std::string_view bytes_;
  const rapidjson::MemoryStream& stream_;
  std::size_t depth_max_;
  std::optional<std::string_view> wanted_;
  std::vector<level> levels_;
  std::size_t begin_ = 0; // Of the current token.
  std::size_t end_ = 0;   // Of the last token.
  std::optional<json_fault> fault_;
  std::optional<std::size_t> found_;
};

} // namespace

std::optional<json_fault> diagnose(std::string_view bytes, std::size_t depth_max) {
  rapidjson::MemoryStream stream(bytes.data(), bytes.size());
  tracker position(bytes, stream, depth_max);
  rapidjson::Reader reader;
  const auto outcome = reader.Parse<parse_flags>(stream, position);
  if (position.fault())
    return position.fault();
  if (outcome.IsError())
    return json_fault{fault_of(outcome.Code()), position.pointer(), outcome.Offset(),
                      rapidjson::GetParseError_En(outcome.Code())};
  return std::nullopt;
}

std::optional<std::size_t> byte_of(std::string_view bytes, std::string_view pointer) {
  rapidjson::MemoryStream stream(bytes.data(), bytes.size());
  tracker position(bytes, stream, std::numeric_limits<std::size_t>::max());
  position.want(pointer);
  rapidjson::Reader reader;
  reader.Parse<parse_flags>(stream, position);
  return position.found();
}

std::string pointer_part(std::string_view name) {
  std::string part = "/";
  for (const char c : name) {
    if (c == '~')
      part += "~0";
    else if (c == '/')
      part += "~1";
    else
      part += c;
  }
  return part;
}

} // namespace laurel::schemas
