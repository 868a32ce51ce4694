#pragma once

#include "api/route_table.hpp"

#include <span>
#include <string>

namespace laurel::api {

/// The OpenAPI 3.1 description of the rows that the edge serves.
std::string openapi_document(std::span<const route_row> table);

/// The same as a page for people: no script, no picture, nothing from elsewhere.
std::string docs_page(std::span<const route_row> table);

} // namespace laurel::api
