#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace laurel::actors {

/// What an operator wants of a task.
///
///   pause    commit what is evaluated, then read nothing until `resume`; queries are answered
///   resume   read on
///   restart  open it again from what is committed, also one that was given up
///   rebuild  the same, with the store moved aside and filled from the changelog
enum class task_order : std::uint8_t { pause, resume, restart, rebuild };

std::string_view text_of(task_order what);
std::optional<task_order> parse_task_order(std::string_view text);

} // namespace laurel::actors
