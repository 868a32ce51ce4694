#pragma once

#include "api/edge_routes.hpp"
#include "api/gateway.hpp"
#include "api/route_table.hpp"

namespace laurel::api {

/// `GET /api/v1/users/{user}/explain?rule=ID&key=PART...`: why a user has a badge of a rule or not.
void add_explain(handlers& to, const edge_parts& with);

/// `GET /api/v1/explain?user=&rule=&key=`, for the control socket.
void add_explain(handlers& to, gateway& pipeline);

} // namespace laurel::api
