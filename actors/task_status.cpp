#include "actors/task_status.hpp"

#include <array>

namespace laurel::actors {

std::string_view text_of(task_phase phase) {
  constexpr std::array<std::string_view, task_phase_count> names{
    "opening", "running", "draining", "backing off", "failed", "closed", "paused"};
  return names[static_cast<std::size_t>(phase)];
}

} // namespace laurel::actors
