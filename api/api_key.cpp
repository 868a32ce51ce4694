#include "api/api_key.hpp"

#include "api/base64url.hpp"
#include "schemas/base/hex.hpp"

#include <nlohmann/json.hpp>
#include <sodium.h>

#include <algorithm>
#include <array>

namespace laurel::api {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view prefix = "bk_";
constexpr std::string_view base32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t kid_bytes = 10;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_text_bytes = 43;
constexpr std::size_t pepper_id_bytes = 4;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

std::string record_key_of(std::string_view kid) {
  return "key/" + std::string(kid);
}

std::string encode(const api_key& key) {
  json scopes = json::array();
  for (const auto& [what, name] : scope_names)
    if (key.scopes.has(what))
      scopes.push_back(name);
  json out{{"kid", key.kid},
           {"mac", key.mac},
           {"pepper_id", key.pepper_id},
           {"name", key.name},
           {"scopes", std::move(scopes)},
           {"users", key.users},
           {"requests_per_minute", key.requests_per_minute},
           {"created_at_ms", key.created_at_ms},
           {"expires_at_ms", nullptr},
           {"enabled", key.is_enabled}};
  if (key.expires_at_ms)
    out["expires_at_ms"] = *key.expires_at_ms;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

schemas::result<api_key> decode_api_key(std::string_view text) {
  try {
    const auto in = json::parse(text);
    api_key key;
    key.kid = in.at("kid");
    key.mac = in.at("mac");
    key.pepper_id = in.at("pepper_id");
    key.name = in.at("name");
    for (const auto& name : in.at("scopes"))
      if (const auto known = parse_scope(name.get<std::string>()))
        key.scopes.add(*known);
    key.users = in.at("users").get<std::vector<std::string>>();
    std::ranges::sort(key.users);
    key.requests_per_minute = in.at("requests_per_minute");
    key.created_at_ms = in.at("created_at_ms");
    if (!in.at("expires_at_ms").is_null())
      key.expires_at_ms = in.at("expires_at_ms").get<std::int64_t>();
    key.is_enabled = in.at("enabled");
    return key;
  } catch (const json::exception& fault) {
    return schemas::failure(schemas::errc::bad_input,
                            std::string("not an API key: ") + fault.what());
  }
}

// -- secrets
// ----------------------------------------------------------------------------------------

pepper::pepper(std::string bytes) : bytes_(std::move(bytes)) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> digest{};
  crypto_generichash(digest.data(), digest.size(), bytes_of(bytes_), bytes_.size(), nullptr, 0);
  id_ = schemas::to_hex(std::span(digest).first(pepper_id_bytes));
}

std::string pepper::mac(std::string_view secret) const {
  crypto_auth_hmacsha256_state state;
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> out{};
  crypto_auth_hmacsha256_init(&state, bytes_of(bytes_), bytes_.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(secret), secret.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  return schemas::to_hex(out);
}

std::optional<presented_parts> split_api_key(std::string_view text) {
  if (text.size() != prefix.size() + kid_bytes + 1 + secret_text_bytes || !text.starts_with(prefix)
      || text[prefix.size() + kid_bytes] != '_')
    return std::nullopt;
  const presented_parts parts{text.substr(prefix.size(), kid_bytes),
                              text.substr(prefix.size() + kid_bytes + 1)};
  if (parts.kid.find_first_not_of(base32) != parts.kid.npos)
    return std::nullopt;
  return parts;
}

std::string mint(api_key& key, const pepper& with) {
  if (key.kid.empty())
    for (std::size_t i = 0; i < kid_bytes; ++i)
      key.kid += base32[randombytes_uniform(static_cast<std::uint32_t>(base32.size()))];
  std::string secret(secret_bytes, '\0');
  randombytes_buf(secret.data(), secret.size());
  const auto text = to_base64url(secret);
  key.pepper_id = with.id();
  key.mac = with.mac(text);
  return std::string(prefix) + key.kid + "_" + text;
}

} // namespace laurel::api
