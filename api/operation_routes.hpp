#pragma once

#include "api/operations.hpp"
#include "api/router.hpp"

#include <vector>

namespace laurel::api {

/// What operators ask, asking `desk`, which outlives the routes. For listeners that know their
/// caller for an operator, such as the control socket.
///
///   GET  /api/v1/operations/letters                 ?partition offset class code topic key
///                                                   settled limit: letters of the dead-letter
///                                                   topic
///   POST /api/v1/operations/letters/{how}           redrive | discard; the same, and ?rehearsal
///   POST /api/v1/operations/tasks/{order}           ?partitions=1,2 (none: all) &reason=
///   GET  /api/v1/operations/parked                  users whose records wait
///   POST /api/v1/operations/parked/unpark           ?user=: evaluates what waits
std::vector<route> operation_routes(operations& desk);

/// The query that means `which`, and what it says.
fields query_of(const letter_filter& which);
[[nodiscard]] schemas::result<letter_filter> parse_letter_filter(const fields& query);

} // namespace laurel::api
