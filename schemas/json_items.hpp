#pragma once

#include "schemas/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::schemas {

/// The bytes of each element of a JSON array, or of the one object that `text` is, as they stand
/// there: nothing is written anew, so no number changes. What the elements hold is for their own
/// decoder to check. Fails with `bad_input` if `text` is neither, or has more than `items_max`.
[[nodiscard]] result<std::vector<std::string>> json_items(std::string_view text,
                                                          std::size_t items_max);

} // namespace laurel::schemas
