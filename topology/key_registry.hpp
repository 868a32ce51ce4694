#pragma once

#include "actors/journal.hpp"
#include "actors/ports.hpp"
#include "api/key_desk.hpp"
#include "api/key_ring.hpp"
#include "topology/settings.hpp"

#include <memory>
#include <mutex>

namespace laurel::topology {

/// The API keys of a deployment: follows the identity topic into a ring, and writes to it. One a
/// process. Safe from any thread.
class key_registry final : public api::key_desk {
public:
  /// Starts to follow `log`, which outlives it. The journal may be null.
  key_registry(actors::catalog_log& log, std::pair<api::pepper, api::pepper> peppers,
               actors::journal* journal);
  ~key_registry() override; // Closes the log's follower.
  key_registry(const key_registry&) = delete;
  key_registry& operator=(const key_registry&) = delete;

  /// Waits until what was there at the start has been read; `transient` if that takes longer.
  [[nodiscard]] schemas::result<void> wait_until_read(std::chrono::milliseconds at_most) const;

  const api::key_ring& ring() const { return ring_; }

  schemas::result<api::minted_key> create(const api::key_wish& wish) override;
  schemas::result<std::vector<api::api_key>> list() override;
  schemas::result<void> disable(const std::string& kid) override;
  schemas::result<api::minted_key> rotate(const std::string& kid) override;

private:
  /// Appends and waits for the follower to tell it.
  schemas::result<void> write(const api::api_key& key);
  schemas::result<api::api_key> find(const std::string& kid) const;

  actors::catalog_log& log_;
  actors::journal* journal_;
  api::key_ring ring_;
  std::mutex writing_; // One change at a time.
};

/// The peppers of `values`: the current and the previous one. With an embedded log and none set,
/// one of its own is made once and kept in the directory, mode 0600. `bad_setting` if there is
/// none.
[[nodiscard]] schemas::result<std::pair<api::pepper, api::pepper>>
peppers_of(const settings& values);

/// Whether `peppers_of` would find one.
bool has_pepper(const settings& values);

} // namespace laurel::topology
