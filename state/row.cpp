#include "state/row.hpp"

#include "schemas/base/check.hpp"
#include "state/user_store.hpp"

#include <cstdint>

namespace laurel::state {

namespace {

constexpr std::size_t length_bytes = 2;
constexpr std::size_t user_id_bytes_max = 256;
constexpr char core_kind = 'c';
constexpr unsigned char has_more_rows_flag = 0x01;

} // namespace

std::string user_prefix(std::string_view user_id) {
  CHECK_ALWAYS(!user_id.empty() && user_id.size() <= user_id_bytes_max);
  std::string key;
  key.reserve(length_bytes + user_id.size() + 1);
  key.push_back(static_cast<char>(user_id.size() >> 8U));
  key.push_back(static_cast<char>(user_id.size() & 0xffU));
  key.append(user_id);
  return key;
}

std::string core_key(std::string_view user_id) {
  auto key = user_prefix(user_id);
  key.push_back(core_kind);
  return key;
}

std::string_view user_of(std::string_view key) {
  if (key.size() < length_bytes || key == meta_key)
    return {};
  const auto high = static_cast<unsigned char>(key[0]);
  const auto low = static_cast<unsigned char>(key[1]);
  const auto size = static_cast<std::size_t>(high << 8U | low);
  // A kind byte must follow the user id. "__meta" reads as a length of 24,415, which no id has.
  if (size == 0 || size > user_id_bytes_max || key.size() < length_bytes + size + 1)
    return {};
  return key.substr(length_bytes, size);
}

bool has_more_rows(std::string_view core_value) {
  return core_value.size() >= 2
         && (static_cast<unsigned char>(core_value[1]) & has_more_rows_flag) != 0;
}

} // namespace laurel::state
