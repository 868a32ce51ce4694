#pragma once

#include "api/http.hpp"
#include "api/problem.hpp"
#include "schemas/base/result.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// How our own client reads what another process answers.
namespace laurel::api {

/// Reads a good answer with `parse`; turns a problem back into the failure it tells.
template <class Parse>
auto read_answer(const schemas::result<response>& answer, Parse parse) -> decltype(parse("")) {
  if (!answer)
    return tl::unexpected(answer.error());
  if (answer->status >= 300)
    return tl::unexpected(error_of(*answer));
  return parse(answer->body);
}

/// The same with `parse` taking JSON, which may throw what nlohmann throws: then it is `corrupt`.
template <class Parse>
auto read_json(const schemas::result<response>& answer, Parse parse)
  -> schemas::result<decltype(parse(nlohmann::ordered_json{}))> {
  using outcome = schemas::result<decltype(parse(nlohmann::ordered_json{}))>;
  return read_answer(answer, [&](std::string_view body) -> outcome {
    try {
      return parse(nlohmann::ordered_json::parse(body));
    } catch (const nlohmann::json::exception& fault) {
      return schemas::failure(schemas::errc::corrupt,
                              std::string("unexpected answer: ") + fault.what());
    }
  });
}

} // namespace laurel::api
