#include "api/operation_documents.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace laurel::api {

namespace {

using json = nlohmann::ordered_json;
using schemas::errc;
using schemas::failure;

/// Text from outside may be no UTF-8; what cannot be shown is replaced, never thrown at.
std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class Reader>
auto parse(std::string_view text, Reader read) -> schemas::result<decltype(read(json{}))> {
  try {
    return read(json::parse(text));
  } catch (const json::exception& fault) {
    return failure(errc::corrupt, std::string("unexpected answer: ") + fault.what());
  }
}

json document_of(const dead_letter& letter) {
  return {{"partition", letter.partition},
          {"offset", letter.offset},
          {"at_ms", letter.at_ms},
          {"key", letter.key},
          {"class", letter.class_name},
          {"code", letter.code},
          {"error", letter.error},
          {"topic", letter.topic},
          {"origin_partition", letter.origin_partition},
          {"origin_offset", letter.origin_offset},
          {"origin_ms", letter.origin_ms},
          {"attempt", letter.attempt},
          {"version", letter.version},
          {"state", letter.state},
          {"is_whole", letter.is_whole},
          {"value", letter.value}};
}

dead_letter letter_of(const json& in) {
  dead_letter letter;
  letter.partition = in.at("partition");
  letter.offset = in.at("offset");
  letter.at_ms = in.at("at_ms");
  letter.key = in.at("key");
  letter.class_name = in.at("class");
  letter.code = in.at("code");
  letter.error = in.at("error");
  letter.topic = in.at("topic");
  letter.origin_partition = in.at("origin_partition");
  letter.origin_offset = in.at("origin_offset");
  letter.origin_ms = in.at("origin_ms");
  letter.attempt = in.at("attempt");
  letter.version = in.at("version");
  letter.state = in.at("state");
  letter.is_whole = in.at("is_whole");
  letter.value = in.at("value");
  return letter;
}

} // namespace

std::string to_json(const letter_page& page) {
  json letters = json::array();
  for (const auto& letter : page.letters)
    letters.push_back(document_of(letter));
  return dump({{"matching", page.matching}, {"letters", std::move(letters)}});
}

schemas::result<letter_page> parse_letters(std::string_view text) {
  return parse(text, [](const json& in) {
    letter_page page;
    page.matching = in.at("matching");
    for (const auto& letter : in.at("letters"))
      page.letters.push_back(letter_of(letter));
    return page;
  });
}

std::string to_json(const settle_outcome& outcome) {
  json left = json::array();
  for (const auto& each : outcome.left)
    left.push_back({{"partition", each.partition}, {"offset", each.offset}, {"why", each.why}});
  return dump({{"settled", outcome.settled},
               {"is_rehearsal", outcome.is_rehearsal},
               {"left", std::move(left)}});
}

schemas::result<settle_outcome> parse_settled(std::string_view text) {
  return parse(text, [](const json& in) {
    settle_outcome outcome;
    outcome.settled = in.at("settled");
    outcome.is_rehearsal = in.at("is_rehearsal");
    for (const auto& each : in.at("left"))
      outcome.left.push_back({each.at("partition"), each.at("offset"), each.at("why")});
    return outcome;
  });
}

std::string to_json(const std::vector<parked_user>& users) {
  json list = json::array();
  for (const auto& user : users)
    list.push_back({{"partition", user.partition},
                    {"user_id", user.user_id},
                    {"reason", user.reason},
                    {"since_ms", user.since_ms},
                    {"records", user.records},
                    {"bytes", user.bytes}});
  return dump({{"users", std::move(list)}});
}

schemas::result<std::vector<parked_user>> parse_parked(std::string_view text) {
  return parse(text, [](const json& in) {
    std::vector<parked_user> users;
    for (const auto& user : in.at("users"))
      users.push_back({user.at("partition"), user.at("user_id"), user.at("reason"),
                       user.at("since_ms"), user.at("records"), user.at("bytes")});
    return users;
  });
}

std::string partitions_to_json(const std::vector<std::int32_t>& partitions) {
  return dump({{"partitions", partitions}});
}

schemas::result<std::vector<std::int32_t>> parse_partitions(std::string_view text) {
  return parse(text,
               [](const json& in) { return in.at("partitions").get<std::vector<std::int32_t>>(); });
}

std::string records_to_json(std::uint64_t records) {
  return dump({{"records", records}});
}

schemas::result<std::uint64_t> parse_records(std::string_view text) {
  return parse(text, [](const json& in) { return in.at("records").get<std::uint64_t>(); });
}

} // namespace laurel::api
