#pragma once

#include "topology/config_table.hpp"

#include <vector>

namespace laurel::topology {

/// The rows of `http.*` and `metrics.*`.
std::vector<setting> http_rows();

} // namespace laurel::topology
