#pragma once

#include "api/gateway.hpp"
#include "api/route_table.hpp"
#include "api/user_source.hpp"
#include "api/watch.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace laurel::api {

/// One thing that has to be so before this process can do its work.
struct ready_check {
  std::string name;
  std::function<std::string()>
    fault; // Empty text: all is well. Any thread; may block for a moment.
};

/// What the handlers of the edge ask. All of it outlives them.
struct edge_parts {
  gateway* pipeline = nullptr;
  user_source* users = nullptr;
  std::vector<ready_check> checks;
  std::chrono::milliseconds position_patience{2'000}; // For Laurel-Min-Position.
  watch_desk* watches = nullptr;
  bool shows_docs = false;              // /openapi.json and /docs.
  std::function<std::int64_t()> now_ms; // The wall clock, for commands.
};

/// The handlers of every route that the edge serves.
handlers edge_handlers(const edge_parts& with);

} // namespace laurel::api
