#pragma once

#include <string>

namespace laurel::topology {

/// "0.1.0 (f0ac4c9b2d3e)": the release, and the commit where it is known.
std::string version_text();

/// "laurel 0.1.0 (f0ac4c9b2d3e)".
std::string version_line();

} // namespace laurel::topology
