#pragma once

#include "actors/ports.hpp"
#include "state/rules/rule_book.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace laurel::actors {

/// What the catalog says, folded record by record: documents by id and version, and the head of
/// each rule. A document that does not compile is left out and named, and can never take a process
/// down. Plain class; owned by one actor or tool.
class catalog_view {
public:
  struct rule_head {
    std::string version;
    bool is_active = false;
  };

  /// Takes one record; returns why it was left out, empty if it was not. Rules of a kind that this
  /// version does not know are left out without a word.
  std::string apply(const catalog_record& record);

  /// The active rules, by id. The same catalog gives the same book.
  std::shared_ptr<const state::rules::rule_book> book() const;

  const std::map<std::string, rule_head>& heads() const { return heads_; }

  /// The document of a version, null if it is unknown or does not compile.
  std::shared_ptr<const state::rules::compiled_rule> rule(const std::string& id,
                                                          const std::string& version) const;

  std::int64_t next_position() const { return next_position_; }

private:
  std::string apply_head(const std::string& id, const std::string& value);
  std::string apply_document(const std::string& id, const std::string& version,
                             const std::string& value);

  std::map<std::string, rule_head> heads_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const state::rules::compiled_rule>>
    rules_;
  std::int64_t next_position_ = 0;
};

/// Catalog keys and values of a rule, the one place that knows their form.
std::string rule_document_key(std::string_view id, std::string_view version);
std::string rule_head_key(std::string_view id);
std::string rule_head_value(std::string_view version, bool is_active);

} // namespace laurel::actors
