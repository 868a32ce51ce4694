#include "api/access.hpp"

#include <algorithm>

namespace laurel::api {

bool principal::may_see(std::string_view user_id) const {
  return users.empty() || std::binary_search(users.begin(), users.end(), user_id);
}

} // namespace laurel::api
