#include "api/remote_operations.hpp"

#include "api/operation_documents.hpp"
#include "api/operation_routes.hpp"
#include "api/read_answer.hpp"

#include <utility>

namespace laurel::api {

namespace {

request ask(method verb, std::string path, fields query) {
  return {
    .verb = verb, .path = std::move(path), .query = std::move(query), .headers = {}, .body = {}};
}

} // namespace

schemas::result<std::vector<std::int32_t>>
remote_operations::order_tasks(const std::vector<std::int32_t>& partitions, actors::task_order what,
                               const std::string& reason) {
  std::string list;
  for (const auto partition : partitions)
    list += (list.empty() ? "" : ",") + std::to_string(partition);
  fields query{{"reason", reason}};
  if (!list.empty())
    query.emplace_back("partitions", list);
  return read_answer(
    client_.send(
      ask(method::post, "/api/v1/operations/tasks/" + std::string{text_of(what)}, query)),
    parse_partitions);
}

schemas::result<letter_page> remote_operations::letters(const letter_filter& which) {
  return read_answer(client_.send(ask(method::get, "/api/v1/operations/letters", query_of(which))),
                     parse_letters);
}

schemas::result<settle_outcome>
remote_operations::settle_letters(const letter_filter& which, settlement how, bool is_rehearsal) {
  auto query = query_of(which);
  if (is_rehearsal)
    query.emplace_back("rehearsal", "true");
  const auto* const path = how == settlement::redrive ? "/api/v1/operations/letters/redrive"
                                                      : "/api/v1/operations/letters/discard";
  return read_answer(client_.send(ask(method::post, path, std::move(query))), parse_settled);
}

schemas::result<std::vector<parked_user>> remote_operations::parked_users() {
  return read_answer(client_.send(ask(method::get, "/api/v1/operations/parked", {})), parse_parked);
}

schemas::result<std::uint64_t> remote_operations::unpark(const std::string& user_id) {
  return read_answer(
    client_.send(ask(method::post, "/api/v1/operations/parked/unpark", {{"user", user_id}})),
    parse_records);
}

} // namespace laurel::api
