#include "api/operation_routes.hpp"

#include "api/operation_documents.hpp"
#include "api/problem.hpp"

#include <charconv>
#include <utility>

namespace laurel::api {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

constexpr std::size_t no_body = 0;

std::string text_of(const fields& query, std::string_view name) {
  return std::string{value_of(query, name).value_or("")};
}

template <class Number>
result<std::optional<Number>> number_of(std::string_view name, std::string_view text) {
  if (text.empty())
    return std::optional<Number>{};
  Number value{};
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc{} || end != text.data() + text.size() || text.front() == '-')
    return failure(errc::bad_input, std::string{name} + "=" + std::string{text}
                                      + " is no whole number that is possible here");
  return std::optional{value};
}

result<std::vector<std::int32_t>> partitions_of(std::string_view list) {
  std::vector<std::int32_t> partitions;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto number = number_of<std::int32_t>("partitions", list.substr(0, comma));
    if (!number || !*number)
      return failure(errc::bad_input, "partitions: a list of numbers such as 0,3,7");
    partitions.push_back(**number);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return partitions;
}

response order_tasks(operations& desk, const request& what, const std::string& word) {
  const auto order = actors::parse_task_order(word);
  if (!order)
    return problem(404, "not-found", "Tasks know pause, resume, restart and rebuild.");
  const auto partitions = partitions_of(text_of(what.query, "partitions"));
  if (!partitions)
    return problem(partitions.error());
  const auto done = desk.order_tasks(*partitions, *order, text_of(what.query, "reason"));
  return done ? ok(partitions_to_json(*done)) : problem(done.error());
}

response list_letters(operations& desk, const request& what) {
  const auto filter = parse_letter_filter(what.query);
  if (!filter)
    return problem(filter.error());
  const auto page = desk.letters(*filter);
  return page ? ok(to_json(*page)) : problem(page.error());
}

response settle_letters(operations& desk, const request& what, const std::string& how) {
  if (how != "redrive" && how != "discard")
    return problem(404, "not-found", "Letters are settled by redrive or discard.");
  const auto filter = parse_letter_filter(what.query);
  if (!filter)
    return problem(filter.error());
  const auto outcome =
    desk.settle_letters(*filter, how == "redrive" ? settlement::redrive : settlement::discard,
                        value_of(what.query, "rehearsal").has_value());
  return outcome ? ok(to_json(*outcome)) : problem(outcome.error());
}

response list_parked(operations& desk) {
  const auto users = desk.parked_users();
  return users ? ok(to_json(*users)) : problem(users.error());
}

response unpark(operations& desk, const request& what) {
  const auto user = text_of(what.query, "user");
  if (user.empty())
    return problem(400, "no-user", "Name the user: ?user=ID");
  const auto records = desk.unpark(user);
  return records ? ok(records_to_json(*records)) : problem(records.error());
}

} // namespace

fields query_of(const letter_filter& which) {
  fields query;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty())
      query.emplace_back(name, value);
  };
  add("partition", which.partition ? std::to_string(*which.partition) : "");
  add("offset", which.offset ? std::to_string(*which.offset) : "");
  add("class", which.class_name);
  add("code", which.code);
  add("topic", which.topic);
  add("key", which.key);
  add("settled", which.settled_too ? "true" : "");
  add("limit", std::to_string(which.limit));
  return query;
}

result<letter_filter> parse_letter_filter(const fields& query) {
  letter_filter which;
  const auto partition = number_of<std::int32_t>("partition", text_of(query, "partition"));
  if (!partition)
    return tl::unexpected{partition.error()};
  const auto offset = number_of<std::int64_t>("offset", text_of(query, "offset"));
  if (!offset)
    return tl::unexpected{offset.error()};
  const auto limit = number_of<std::uint64_t>("limit", text_of(query, "limit"));
  if (!limit)
    return tl::unexpected{limit.error()};
  which.partition = *partition;
  which.offset = *offset;
  which.limit = limit->value_or(which.limit);
  which.class_name = text_of(query, "class");
  which.code = text_of(query, "code");
  which.topic = text_of(query, "topic");
  which.key = text_of(query, "key");
  which.settled_too = value_of(query, "settled") == "true";
  return which;
}

std::vector<route> operation_routes(operations& desk) {
  auto* ask = &desk;
  using values = path_values;
  return {
    {method::get, "/api/v1/operations/letters", no_body,
     [ask](const request& what, const values&) { return list_letters(*ask, what); }},
    {method::post, "/api/v1/operations/letters/{how}", no_body,
     [ask](const request& what, const values& path) {
       return settle_letters(*ask, what, path.find("how")->second);
     }},
    {method::post, "/api/v1/operations/tasks/{order}", no_body,
     [ask](const request& what, const values& path) {
       return order_tasks(*ask, what, path.find("order")->second);
     }},
    {method::get, "/api/v1/operations/parked", no_body,
     [ask](const request&, const values&) { return list_parked(*ask); }},
    {method::post, "/api/v1/operations/parked/unpark", no_body,
     [ask](const request& what, const values&) { return unpark(*ask, what); }},
  };
}

} // namespace laurel::api
