#pragma once

#include "state/rules/compile_expression.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace laurel::state::rules {

// What several parts of the compiler read: each gives nothing, with a fault, for what is not one.

bool is_one_of(const std::string& word, std::initializer_list<std::string_view> words);

/// Text at `name`.
std::optional<std::string> text_at(const place& object, const char* name, compile_context& context);

/// Text of 1 to `bytes_max` bytes.
std::optional<std::string> bounded_text_at(const place& where, std::size_t bytes_max,
                                           compile_context& context);

/// The mask of all types in the rule's `on`; of one of them; of a list of them.
std::uint64_t all_types(const compiled_rule& rule);
std::uint64_t type_at(const place& where, const compiled_rule& rule, compile_context& context);
std::uint64_t types_at(const place& on, const compiled_rule& rule, compile_context& context);

/// Milliseconds of an ISO 8601 duration of fixed length, such as "P7D" or "PT36H".
std::optional<std::int64_t> duration_ms(std::string_view text);

/// The same, positive and at most `duration_days_max`.
std::optional<std::int64_t> duration_at(const place& where, compile_context& context);

/// Milliseconds of an RFC 3339 moment.
std::optional<std::int64_t> instant_at(const place& where, compile_context& context);

/// A calendar unit that is among `allowed`.
std::optional<calendar_unit> calendar_unit_at(const place& where,
                                              std::initializer_list<std::string_view> allowed,
                                              compile_context& context);

} // namespace laurel::state::rules
