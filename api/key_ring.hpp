#pragma once

#include "api/api_key.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace laurel::api {

/// The keys that the identity topic names, folded record by record. Who follows the topic writes,
/// the edge reads; safe from any thread.
class key_ring final : public key_checker {
public:
  /// `current` makes new keys and checks those made with it; `previous`, unless it is empty, still
  /// checks the older ones while a pepper is changed.
  key_ring(pepper current, pepper previous)
      : current_(std::move(current)), previous_(std::move(previous)) {}

  /// One record of the topic; no value: the key is deleted. Returns why it was left out, if it was.
  std::string apply(const std::string& record_key, const std::optional<std::string>& value);

  /// The end of the topic, as of the start, has been read.
  void set_caught_up();

  std::shared_ptr<const principal> check(std::string_view secret,
                                         std::int64_t now_ms) const override;
  bool is_caught_up() const override;

  const pepper& current() const { return current_; }
  std::optional<api_key> find(const std::string& kid) const;
  std::vector<api_key> list() const; // By kid.

private:
  struct entry {
    api_key key;
    std::shared_ptr<const principal> who;
  };

  const pepper current_;
  const pepper previous_;
  mutable std::mutex mutex_;
  std::map<std::string, entry, std::less<>> keys_; // Guarded by mutex_, as is the next.
  bool is_caught_up_ = false;
};

} // namespace laurel::api
