#pragma once

#include "schemas/base/result.hpp"
#include "schemas/base/time.hpp"
#include "schemas/projection.hpp"
#include "state/rules/rule_graph.hpp"

#include <cstdint>
#include <memory>
#include <optional>
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

  /// What evaluation needs to know about an event type.
  struct type_entry {
    std::uint32_t hash = 0;
    std::vector<std::uint32_t> rules; // As `touched_by`.
    std::int64_t keep_ms = 0;         // The longest `last` window over it.
  };
  /// Null if no rule's `on` names the type.
  const type_entry* find_type(std::string_view type) const;
  const type_entry* find_type(std::uint32_t hash) const;

  /// Where the rule of this id is in `rules()`.
  std::optional<std::uint32_t> index_of(std::string_view id) const;

  /// Which rules look at what others decide. One that depends on itself, through others or not, is
  /// left out of the book's types, so nothing reaches it.
  const rule_graph& graph() const { return graph_; }

  /// By slot of `reads()`: how stored state names the path.
  const std::vector<std::uint32_t>& path_hashes() const;

private:
  struct index;
  std::vector<std::shared_ptr<const compiled_rule>> rules_;
  rule_graph graph_;
  std::unique_ptr<const index> index_;
};

/// Validates and compiles one rule document (JSON text). All faults are returned, not the first.
struct compile_outcome {
  std::shared_ptr<const compiled_rule> rule; // Null if there are faults.
  std::vector<rule_fault> faults;
};
compile_outcome compile_rule(std::string_view json);

/// The same rule as one that is tried beside the rules in force: `shadow_id` is its id, which no
/// document can have. What it decides is known to nobody but its report: it holds no badge, no rule
/// looks at it or takes what it emits, and no command finds it.
std::shared_ptr<const compiled_rule> shadow_of(const compiled_rule& rule);

/// The id under which a rule is tried.
std::string shadow_id(std::string_view rule_id);
bool is_shadow_id(std::string_view rule_id);

/// What `shadow_id` was made of, or `rule_id` itself.
std::string_view tried_id(std::string_view rule_id);

/// The id of the document, of whatever a book makes of it.
std::string_view document_id(std::string_view rule_id);

/// Faults that no rule has alone: an id given twice, types or paths of different rules whose
/// stored names are the same, and rules that depend on each other in a circle. To be asked before a
/// rule is published. A book built all the same is safe: it leaves out the rule that comes later by
/// id.
std::vector<rule_fault> conflicts(const std::vector<std::shared_ptr<const compiled_rule>>& rules);

/// Facts about a compiled rule that the rest of the system needs.
const std::string& id_of(const compiled_rule& rule);
const std::string& version_of(const compiled_rule& rule);    // Hash of the canonical JSON.
const std::string& aggregates_of(const compiled_rule& rule); // Hash of what it aggregates.
const std::string& document_of(const compiled_rule& rule);   // Canonical JSON.

/// The rules a task works with: the book, and for each rule (same index) the event time from which
/// it counts. Immutable; a task makes a new one when it switches to a new book.
struct active_rules {
  std::shared_ptr<const rule_book> book;
  std::vector<schemas::event_time> effective_from;
};

} // namespace laurel::state::rules
