#include "state/erasure.hpp"

#include "schemas/base/check.hpp"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <sodium.h>

#include <array>
#include <exception>
#include <utility>

namespace laurel::state {

namespace {

// Field numbers of message ErasedUser. A number is never given a second meaning.
constexpr protozero::pbf_tag_type erased_at_tag = 1;
constexpr protozero::pbf_tag_type outcomes_tag = 2;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

std::string erased_key(std::string_view user_id, std::string_view secret) {
  CHECK_ALWAYS(secret.size() >= erasure_secret_bytes_min
               && secret.size() <= erasure_secret_bytes_max);
  std::array<unsigned char, crypto_generichash_BYTES> digest{};
  crypto_generichash(digest.data(), digest.size(), bytes_of(user_id), user_id.size(),
                     bytes_of(secret), secret.size());
  std::string key{erased_prefix};
  key.append(digest.begin(), digest.end());
  return key;
}

bool is_erased_key(std::string_view key) {
  return key.starts_with(erased_prefix);
}

std::string encode(const erased_user& who) {
  std::string bytes;
  protozero::pbf_writer out(bytes);
  out.add_sint64(erased_at_tag, who.erased_at);
  out.add_bytes(outcomes_tag, encode(std::vector{who.by}));
  return bytes;
}

schemas::result<erased_user> decode_erased(std::string_view value) {
  erased_user who;
  try {
    protozero::pbf_reader in(value.data(), value.size());
    while (in.next()) {
      if (in.tag() == erased_at_tag) {
        who.erased_at = in.get_sint64();
      } else if (in.tag() == outcomes_tag) {
        const auto bytes = in.get_view();
        auto all = decode_outcomes({bytes.data(), bytes.size()});
        if (!all.empty())
          who.by = std::move(all.front());
      } else {
        in.skip();
      }
    }
  } catch (const std::exception& fault) { // protozero throws on malformed wire data.
    return schemas::failure(schemas::errc::corrupt,
                            std::string{"the row of an erased user: "} + fault.what());
  }
  return who;
}

schemas::result<std::vector<user_rows>> read_users(const user_store& store,
                                                   std::span<const std::string> user_ids,
                                                   std::string_view secret) {
  auto found = store.read(user_ids);
  if (!found || secret.empty())
    return found;
  std::vector<std::string> keys;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < user_ids.size(); ++i) {
    if (!(*found)[i].empty())
      continue;
    keys.push_back(erased_key(user_ids[i], secret));
    places.push_back(i);
  }
  if (keys.empty())
    return found;
  auto values = store.values(keys);
  if (!values)
    return tl::unexpected{values.error()};
  for (std::size_t i = 0; i < keys.size(); ++i)
    if ((*values)[i])
      (*found)[places[i]].push_back({std::move(keys[i]), std::move((*values)[i])});
  return found;
}

} // namespace laurel::state
