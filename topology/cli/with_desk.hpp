#pragma once

#include "api/gateway.hpp"
#include "topology/cli/session.hpp"

#include <string_view>

namespace laurel::topology::cli {

/// Runs `use` with a desk of the engine that the flags name; complains with `missing` if it has
/// none.
template <class Desk, class Use>
int with_desk(session& with, Desk* (api::gateway::*desk_of)(), std::string_view missing, Use use) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  auto* desk = ((*engine).*desk_of)();
  if (desk == nullptr)
    return with.complain(exit_config, missing);
  return use(*desk);
}

} // namespace laurel::topology::cli
