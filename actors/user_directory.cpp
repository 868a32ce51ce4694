#include "actors/user_directory.hpp"

namespace laurel::actors {

user_directory::slot user_directory::find_or_add(std::string_view user_id) {
  const auto found = index_.find(user_id);
  if (found != index_.end())
    return found->second;
  slot fresh = 0;
  if (free_.empty()) {
    fresh = static_cast<slot>(entries_.size());
    entries_.emplace_back();
  } else {
    fresh = free_.back();
    free_.pop_back();
    entries_[fresh] = entry{};
  }
  entries_[fresh].user_id = user_id;
  index_.emplace(std::string{user_id}, fresh);
  return fresh;
}

void user_directory::touch(slot which) {
  if (newest_ == which)
    return;
  unlink(which);
  auto& self = entries_[which];
  self.older = newest_;
  if (newest_ != none)
    entries_[newest_].newer = which;
  newest_ = which;
  if (oldest_ == none)
    oldest_ = which;
}

void user_directory::evict(std::uint64_t last_committed_window) {
  while (index_.size() > awake_max_ && oldest_ != none) {
    const auto candidate = oldest_;
    auto& self = entries_[candidate];
    const bool must_stay =
      self.loading || self.in_flight > 0 || self.last_window > last_committed_window;
    if (must_stay)
      return;
    unlink(candidate);
    index_.erase(self.user_id);
    self = entry{}; // Dropping the last handle ends the actor.
    free_.push_back(candidate);
  }
}

void user_directory::clear() {
  index_.clear();
  entries_.clear();
  free_.clear();
  oldest_ = newest_ = none;
}

void user_directory::unlink(slot which) {
  auto& self = entries_[which];
  if (self.older != none)
    entries_[self.older].newer = self.newer;
  else if (oldest_ == which)
    oldest_ = self.newer;
  if (self.newer != none)
    entries_[self.newer].older = self.older;
  else if (newest_ == which)
    newest_ = self.older;
  self.older = self.newer = none;
}

} // namespace laurel::actors
