#include "topology/key_registry.hpp"

#include "topology/kept_secret.hpp"

#include <thread>
#include <utility>

namespace laurel::topology {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_again{5};
constexpr std::chrono::seconds told_within{5};

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

template <class Condition>
bool wait_for(std::chrono::milliseconds at_most, Condition holds) {
  const auto until = clock::now() + at_most;
  while (!holds()) {
    if (clock::now() >= until)
      return false;
    std::this_thread::sleep_for(look_again);
  }
  return true;
}

} // namespace

key_registry::key_registry(actors::catalog_log& log, std::pair<api::pepper, api::pepper> peppers,
                           actors::journal* journal)
    : log_(log), journal_(journal), ring_(std::move(peppers.first), std::move(peppers.second)) {
  log_.follow(
    [this](const actors::catalog_record& record) {
      const auto fault = ring_.apply(record.key, record.value);
      if (!fault.empty() && journal_ != nullptr)
        journal_->note(actors::severity::warning, "an API key was left out", {{"reason", fault}});
    },
    [this] { ring_.set_caught_up(); });
}

key_registry::~key_registry() {
  log_.close();
}

result<void> key_registry::wait_until_read(std::chrono::milliseconds at_most) const {
  if (wait_for(at_most, [this] { return ring_.is_caught_up(); }))
    return {};
  return failure(errc::transient, "the API keys could not be read yet; try again");
}

result<void> key_registry::write(const api::api_key& key) {
  const auto text = encode(key);
  const std::pair<std::string, std::string> record{api::record_key_of(key.kid), text};
  if (auto written = log_.append(std::span{&record, 1}); !written)
    return written;
  // When that takes long the write is durable anyway.
  (void) wait_for(told_within, [&] {
    const auto told = ring_.find(key.kid);
    return told && encode(*told) == text;
  });
  return {};
}

result<api::api_key> key_registry::find(const std::string& kid) const {
  if (auto read = wait_until_read(told_within); !read)
    return tl::unexpected{read.error()};
  auto found = ring_.find(kid);
  if (!found)
    return failure(errc::not_found, "there is no API key \"" + kid + "\"");
  return std::move(*found);
}

result<api::minted_key> key_registry::create(const api::key_wish& wish) {
  const std::lock_guard lock{writing_};
  if (auto read = wait_until_read(told_within); !read)
    return tl::unexpected{read.error()};
  api::minted_key made;
  made.key.name = wish.name;
  made.key.scopes = wish.scopes;
  made.key.users = wish.users;
  made.key.requests_per_minute = wish.requests_per_minute;
  made.key.created_at_ms = wall_ms();
  if (wish.lifetime)
    made.key.expires_at_ms = made.key.created_at_ms + wish.lifetime->count();
  made.text = mint(made.key, ring_.current());
  if (auto written = write(made.key); !written)
    return tl::unexpected{written.error()};
  return made;
}

result<std::vector<api::api_key>> key_registry::list() {
  return wait_until_read(told_within).map([this] { return ring_.list(); });
}

result<void> key_registry::disable(const std::string& kid) {
  const std::lock_guard lock{writing_};
  return find(kid).and_then([this](api::api_key key) {
    key.is_enabled = false;
    return write(key);
  });
}

result<api::minted_key> key_registry::rotate(const std::string& kid) {
  const std::lock_guard lock{writing_};
  return find(kid).and_then([this](api::api_key key) -> result<api::minted_key> {
    key.is_enabled = true;
    auto text = mint(key, ring_.current());
    if (auto written = write(key); !written)
      return tl::unexpected{written.error()};
    return api::minted_key{std::move(key), std::move(text)};
  });
}

bool has_pepper(const settings& values) {
  return !values.http.pepper.empty() || values.is_embedded();
}

result<std::pair<api::pepper, api::pepper>> peppers_of(const settings& values) {
  const auto& http = values.http;
  if (!http.pepper.empty())
    return std::pair{api::pepper(http.pepper), api::pepper(http.previous_pepper)};
  if (!values.is_embedded())
    return failure(errc::bad_setting, "API keys need a pepper that all processes share: set "
                                      "BADGE_HTTP_PEPPER, or BADGE_HTTP_PEPPER_FILE");
  return kept_secret(values.directory() / "http.pepper",
                     "API keys cannot be checked without the one they were made with")
    .map([&](std::string text) {
      return std::pair{api::pepper(std::move(text)), api::pepper(http.previous_pepper)};
    });
}

} // namespace laurel::topology
