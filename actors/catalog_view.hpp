#pragma once

#include "actors/ports.hpp"
#include "state/catalogue.hpp"
#include "state/rules/rule_book.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace laurel::actors {

/// What the catalog says, folded record by record: documents by id and version, and the head of
/// each rule. A document that does not compile is left out and named, and can never take a process
/// down. Plain class; owned by one actor or tool.
class catalog_view {
public:
  /// What is in force of a rule.
  struct rule_head {
    enum class stage : std::uint8_t { draft, active, retired };
    std::string version; // In force, or the last that was; of a draft: which one.
    stage at = stage::retired;
    std::string shadow;                // The version that is tried beside it; empty: none.
    std::int64_t shadow_since_ms = 0;  // By the clock of who began that.
    std::vector<std::string> before{}; // What was in force earlier, the latest first.

    bool is_active() const { return at == stage::active; }
    friend bool operator==(const rule_head&, const rule_head&) = default;
  };

  /// A version that is stored, whether it was ever in force or not.
  struct stored_version {
    std::string version;
    std::int64_t position = 0; // In the catalog: later ones were stored later.
    std::shared_ptr<const state::rules::compiled_rule> rule;
  };

  /// Takes one record; returns why it was left out, empty if it was not. Rules of a kind that this
  /// version does not know are left out without a word.
  std::string apply(const catalog_record& record);

  /// The active rules, by id, and those that are tried. The same catalog gives the same book.
  std::shared_ptr<const state::rules::rule_book> book() const;

  const std::map<std::string, rule_head>& heads() const { return heads_; }

  /// The document of a version, null if it is unknown or does not compile.
  std::shared_ptr<const state::rules::compiled_rule> rule(const std::string& id,
                                                          const std::string& version) const;

  /// Those of a rule that this version understands, in the order in which they were stored.
  std::vector<stored_version> versions_of(const std::string& id) const;

  /// Badges, series and categories, by kind and id.
  using entry_map = std::map<std::pair<state::catalogue_kind, std::string>, state::catalogue_entry>;
  const entry_map& entries() const { return entries_; }

  std::int64_t next_position() const { return next_position_; }

private:
  std::string apply_head(const std::string& id, const std::string& value);
  std::string apply_document(const std::string& id, const std::string& version,
                             const std::string& value);

  std::string apply_entry(state::catalogue_kind kind, const std::string& id,
                          const std::optional<std::string>& value);

  entry_map entries_;
  std::map<std::string, rule_head> heads_;
  std::map<std::pair<std::string, std::string>, stored_version> rules_; // By id and version.
  std::int64_t next_position_ = 0;
};

/// The catalog key of a badge, a series or a category; its value is the entry's document.
std::string entry_key(state::catalogue_kind kind, std::string_view id);

/// Catalog keys and values of a rule, the one place that knows their form.
std::string rule_document_key(std::string_view id, std::string_view version);
std::string rule_head_key(std::string_view id);
std::string rule_head_value(const catalog_view::rule_head& head);

} // namespace laurel::actors
