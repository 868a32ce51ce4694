#pragma once

#include "state/rules/compiled_rule.hpp"

#include <string>

namespace laurel::state {

// What parts of a condition are called for people: in progress and in explanations.

/// "count of checkin this week"
std::string text_of(const rules::compiled_rule& rule, const rules::leaf& leaf);

/// Number `index` of `when`: "sum of purchase - sum of refund".
std::string number_text(const rules::compiled_rule& rule, std::size_t index);

/// "badge early-bird held", "badges of regional at any time"
std::string text_of(const rules::holding_query& query);

/// The types that a leaf counts: "checkin", "checkin, share".
std::string types_text(const rules::compiled_rule& rule, const rules::leaf& leaf);

/// "2 days", "90 minutes", "1500 ms": the largest unit that says it exactly.
std::string duration_text(std::int64_t ms);

} // namespace laurel::state
