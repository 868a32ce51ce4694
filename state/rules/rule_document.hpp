#pragma once

#include "state/rules/rule_book.hpp"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state::rules {

using json = nlohmann::json;

/// A value inside a rule document, with the RFC 6901 pointer that leads to it.
struct place {
  const json& at;
  std::string path;

  place member(const char* name) const { return {at.at(name), path + "/" + name}; }
  place element(std::size_t index) const {
    return {at.at(index), path + "/" + std::to_string(index)};
  }
  bool has(const char* name) const { return at.is_object() && at.contains(name); }
};

/// The faults found so far. Whoever finds one adds it and goes on, so that all are told at once.
class fault_list {
public:
  void add(const place& where, std::string message) { add(where.path, std::move(message)); }
  void add(std::string path, std::string message) {
    faults_.push_back({std::move(path), std::move(message)});
  }
  bool empty() const { return faults_.empty(); }
  std::vector<rule_fault> take() { return std::move(faults_); }

  /// Refuses every member of `object` that is not in `known`; those in `later` with the word that
  /// they are not available yet.
  void refuse_unknown(const place& object, std::initializer_list<std::string_view> known,
                      std::initializer_list<std::string_view> later = {});

private:
  std::vector<rule_fault> faults_;
};

/// Parses JSON text strictly: one document, no duplicate names, bounded size and depth.
std::optional<json> parse_document(std::string_view text, fault_list& faults);

/// RFC 8785: sorted names, no white space, numbers as ECMAScript writes them. The names of a rule
/// are ASCII, for which byte order is the order that the RFC asks for.
std::string canonical_json(const json& value);

/// The first 64 bits of the SHA-256 of `text`, and those as 16 hex digits.
std::uint64_t short_hash(std::string_view text);
std::string hex_of(std::uint64_t hash);

/// `text` as a JSON string, cut if it is long, for messages.
std::string in_quotes(std::string_view text);

/// "a, b, c", for messages.
std::string listed(std::initializer_list<std::string_view> words);

/// An RFC 6901 step: "~" and "/" escaped.
std::string escaped_step(std::string_view name);

} // namespace laurel::state::rules
