#pragma once

#include "schemas/base/result.hpp"

#include <filesystem>
#include <string>

namespace laurel::topology {

/// The secret in `file`, 43 characters, made of randomness if there is no file. Whoever makes it
/// first has made it for all. Only the owner may read it. Fails with `refused`; `what_for` then
/// says what does not work without the one that was there. May block on a disk; from any thread.
[[nodiscard]] schemas::result<std::string> kept_secret(const std::filesystem::path& file,
                                                       const std::string& what_for);

} // namespace laurel::topology
