#pragma once

#include "api/http.hpp"
#include "schemas/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace laurel::api {

/// One of several faults of a request: where (a JSON pointer, or a line) and what.
struct problem_detail {
  std::string where;
  std::string message;
};

/// 200 with that JSON.
response ok(std::string body);

/// An RFC 9457 answer; its type is "urn:laurel:problem:<slug>" and never changes for a slug.
response problem(int status, std::string_view slug, const std::string& detail,
                 const std::vector<problem_detail>& errors = {});

/// The answer to a failure: its status and slug follow from the code, the message is for the
/// caller. `corrupt` tells nothing of our insides.
response problem(const schemas::error& why);

/// The failure that `answer` tells; the inverse of the above, for our own client.
schemas::error error_of(const response& answer);

} // namespace laurel::api
