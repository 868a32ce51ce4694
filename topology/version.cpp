#include "topology/version.hpp"

namespace laurel::topology {

std::string version_text() {
  const std::string commit = LAUREL_COMMIT;
  return LAUREL_VERSION + (commit.empty() ? "" : " (" + commit + ")");
}

std::string version_line() {
  return "laurel " + version_text();
}

} // namespace laurel::topology
