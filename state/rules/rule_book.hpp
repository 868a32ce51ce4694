#pragma once

#include "schemas/base/result.hpp"
#include "schemas/base/time.hpp"
#include "schemas/projection.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state::rules {

/// A rule as compiled: condition tree, windows, keys. Defined in state/rules/compiled_rule.hpp.
struct compiled_rule;

/// One fault of a rule document: where (an RFC 6901 JSON pointer) and what to do about it.
struct rule_fault {
  std::string path;
  std::string message;
};

/// An immutable set of compiled rules, shared by everyone who evaluates.
class rule_book {
public:
  rule_book(std::vector<std::shared_ptr<const compiled_rule>> rules);
  ~rule_book();

  const std::vector<std::shared_ptr<const compiled_rule>>& rules() const { return rules_; }

  /// Indices into `rules()` of the rules whose `on` names `type`; empty if none does.
  const std::vector<std::uint32_t>& touched_by(std::string_view type) const;

  /// What the decoder must keep of an event's attributes.
  const schemas::projection& reads() const;

private:
  struct index;
  std::vector<std::shared_ptr<const compiled_rule>> rules_;
  std::unique_ptr<const index> index_;
};

/// Validates and compiles one rule document (JSON text). All faults are returned, not the first.
struct compile_outcome {
  std::shared_ptr<const compiled_rule> rule; // Null if there are faults.
  std::vector<rule_fault> faults;
};
compile_outcome compile_rule(std::string_view json);

/// Facts about a compiled rule that the rest of the system needs.
const std::string& id_of(const compiled_rule& rule);
const std::string& version_of(const compiled_rule& rule);   // Hash of the canonical JSON.
const std::string& aggregates_of(const compiled_rule& rule); // Hash of what it aggregates.
const std::string& document_of(const compiled_rule& rule);  // Canonical JSON.

/// The rules a task works with: the book, and for each rule (same index) the event time from which
/// it counts. Immutable; a task makes a new one when it switches to a new book.
struct active_rules {
  std::shared_ptr<const rule_book> book;
  std::vector<schemas::event_time> effective_from;
};

} // namespace laurel::state::rules
