#include "actors/task_order.hpp"

#include <array>

namespace laurel::actors {

namespace {

constexpr std::array<std::string_view, 4> names{"pause", "resume", "restart", "rebuild"};

} // namespace

std::string_view text_of(task_order what) {
  return names[static_cast<std::size_t>(what)];
}

std::optional<task_order> parse_task_order(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text)
      return static_cast<task_order>(i);
  return std::nullopt;
}

} // namespace laurel::actors
