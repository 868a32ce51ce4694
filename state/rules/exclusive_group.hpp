#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state::rules {

struct compiled_rule;

/// The rules as a book evaluates them: each one with a `rank` in its group as two halves.
///
///   own     the rule as it is written, but that nobody is told of its grants
///   shown   maintained: {"and": [own holds, {"not": own half of a higher rule holds}]}
///
/// So what is displaced ends, comes back when the higher one is lost, and follows every correction
/// of the past, as any rule that looks at others does. The shown half has the id of the rule, and
/// its touches: `on`, key and `refund`.
std::vector<std::shared_ptr<const compiled_rule>>
with_halves(std::vector<std::shared_ptr<const compiled_rule>> rules);

/// The id of the own half of a rule, which no document can have.
std::string own_id(std::string_view rule_id);

} // namespace laurel::state::rules
