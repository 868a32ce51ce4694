#pragma once

#include "state/rules/compiled_rule.hpp"
#include "state/rules/rule_document.hpp"

#include <set>
#include <string>

namespace laurel::state::rules {

/// What the parts of a compiler share: where faults go and what has been used up.
struct compile_context {
  fault_list faults;
  std::set<std::string> paths; // Attribute paths read so far.
  std::size_t nodes = 0;       // Against `nodes_max`.

  /// Counts one node more; false, with a fault told once, if that is too many.
  bool spend(const place& where);
};

/// Compiles an expression; empty if it has faults.
expression compile_expression(const place& where, compile_context& context);

/// Whether `expr` looks at the event's amount.
bool reads_amount(const expression& expr);

/// Checks an attribute path such as "post.id" and notes that it is read; its hash, or 0 with a
/// fault.
std::uint32_t use_path(const place& where, const std::string& path, compile_context& context);

/// A number as JSON or as decimal text; nothing, with a fault, if it cannot be kept exactly.
std::optional<schemas::decimal> exact_number(const place& where, compile_context& context);

} // namespace laurel::state::rules
