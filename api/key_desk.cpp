#include "api/key_desk.hpp"

#include "api/problem.hpp"
#include "api/read_answer.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace laurel::api {

namespace {

using json = nlohmann::ordered_json;
using schemas::errc;
using schemas::failure;
using schemas::result;

constexpr std::size_t name_bytes_max = 200;

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

json document_of(const api_key& key) {
  auto out = json::parse(encode(key));
  out.erase("mac");
  return out;
}

/// The other way round; there is no MAC to be read.
api_key key_of(json in) {
  in["mac"] = "";
  auto key = decode_api_key(in.dump());
  return key ? std::move(*key) : api_key{};
}

json document_of(const key_wish& wish) {
  json scopes = json::array();
  for (const auto& [what, name] : scope_names)
    if (wish.scopes.has(what))
      scopes.push_back(name);
  json out{{"name", wish.name},
           {"scopes", std::move(scopes)},
           {"users", wish.users},
           {"requests_per_minute", wish.requests_per_minute}};
  if (wish.lifetime)
    out["lifetime_ms"] = wish.lifetime->count();
  return out;
}

result<key_wish> read_wish(const std::string& body) {
  try {
    const auto in = json::parse(body);
    key_wish wish;
    wish.name = in.at("name");
    for (const auto& name : in.at("scopes")) {
      const auto known = parse_scope(name.get<std::string>());
      if (!known)
        return failure(errc::bad_input, "there is no scope " + name.get<std::string>());
      wish.scopes.add(*known);
    }
    wish.users = in.value("users", std::vector<std::string>{});
    wish.requests_per_minute = in.value("requests_per_minute", 0U);
    if (in.contains("lifetime_ms"))
      wish.lifetime = std::chrono::milliseconds(in["lifetime_ms"].get<std::int64_t>());
    if (wish.name.size() > name_bytes_max)
      return failure(errc::bad_input, "name is longer than 200 bytes");
    if (wish.scopes.empty())
      return failure(errc::bad_input, "a key needs a scope: read:badges, read:users, read:grants, "
                                      "read:redemption, write:redemption, write:events");
    return wish;
  } catch (const json::exception& fault) {
    return failure(errc::bad_input,
                   std::string("not what a key is asked for with: ") + fault.what());
  }
}

/// Runs `use` with the desk, if this process has one.
template <class Use>
handler with_desk(gateway& pipeline, Use use) {
  return [ask = &pipeline, use](const request& what, const path_values& path) {
    auto* desk = ask->keys();
    if (desk == nullptr)
      return problem(404, "no-keys", "This process has no API keys: set http.pepper.");
    return use(*desk, what, path);
  };
}

minted_key minted_of(const json& in) {
  return {key_of(in.at("key")), in.at("text")};
}

request posted(std::string path, std::string body) {
  return {.verb = method::post,
          .path = std::move(path),
          .query = {},
          .headers = {{"content-type", std::string(json_type)}},
          .body = std::move(body)};
}

} // namespace

std::string shown(const api_key& key) {
  return dump(document_of(key));
}

std::string shown(const minted_key& key) {
  return dump({{"key", document_of(key.key)}, {"text", key.text}});
}

std::string shown(const std::vector<api_key>& keys) {
  json list = json::array();
  for (const auto& key : keys)
    list.push_back(document_of(key));
  return dump({{"keys", std::move(list)}});
}

void add_keys(handlers& to, gateway& pipeline) {
  to["keys"] = with_desk(pipeline, [](key_desk& desk, const request&, const path_values&) {
    const auto all = desk.list();
    return all ? ok(shown(*all)) : problem(all.error());
  });
  to["create_key"] =
    with_desk(pipeline, [](key_desk& desk, const request& what, const path_values&) {
      const auto made =
        read_wish(what.body).and_then([&](const auto& wish) { return desk.create(wish); });
      return made ? ok(shown(*made)) : problem(made.error());
    });
  to["rotate_key"] =
    with_desk(pipeline, [](key_desk& desk, const request&, const path_values& path) {
      const auto made = desk.rotate(path.find("key")->second);
      return made ? ok(shown(*made)) : problem(made.error());
    });
  to["disable_key"] =
    with_desk(pipeline, [](key_desk& desk, const request&, const path_values& path) {
      const auto done = desk.disable(path.find("key")->second);
      return done ? ok("{}") : problem(done.error());
    });
}

// -- the desk of another process ------------------------------------------------------------------

result<minted_key> remote_key_desk::create(const key_wish& wish) {
  return read_json(client_.send(posted("/api/v1/keys", dump(document_of(wish)))), minted_of);
}

result<std::vector<api_key>> remote_key_desk::list() {
  request what{.path = "/api/v1/keys", .query = {}, .headers = {}, .body = {}};
  return read_json(client_.send(what), [](const json& in) {
    std::vector<api_key> keys;
    for (const auto& each : in.at("keys"))
      keys.push_back(key_of(each));
    return keys;
  });
}

result<void> remote_key_desk::disable(const std::string& kid) {
  return read_json(client_.send(posted("/api/v1/keys/" + percent_encode(kid) + "/disable", "{}")),
                   [](const json&) { return true; })
    .map([](bool) {});
}

result<minted_key> remote_key_desk::rotate(const std::string& kid) {
  return read_json(client_.send(posted("/api/v1/keys/" + percent_encode(kid) + "/rotate", "{}")),
                   minted_of);
}

} // namespace laurel::api
