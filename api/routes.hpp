#pragma once

#include "api/gateway.hpp"
#include "api/route_table.hpp"

#include <vector>

namespace laurel::api {

/// What the control socket serves, asking `pipeline`, which outlives it. The rows of
/// route_table.cpp say which routes these are.
std::vector<route> v1_routes(gateway& pipeline);

/// What there still is of a user who was erased; for both surfaces.
response show_erasure(gateway& pipeline, const std::string& user_id);

/// Handlers that the control socket and the edge share: the catalogue, and rules one by one.
void add_rules(handlers& to, gateway& pipeline);

} // namespace laurel::api
