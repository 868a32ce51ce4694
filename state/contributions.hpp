#pragma once

#include "state/recomputation.hpp"
#include "state/user_state.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace laurel::state {

/// An event that the value of a leaf rests on.
struct contributing_event {
  std::string id;
  std::int64_t at = 0;
  std::optional<schemas::decimal> adds; // What it adds to a sum, an average or an extreme.
};

/// The events that the value of a leaf rests on, as far as the history still has them.
struct contributing_events {
  std::vector<contributing_event> latest; // The latest first.
  std::size_t known = 0;                  // How many the history has.
  bool is_all = true;                     // The history goes back as far as the leaf does.
};

/// Finds which events the leaves of one instance rest on. Reads the whole history once, so it is
/// for people who ask, not for deciding. Borrows; lives for one look.
class contributions {
public:
  /// `now`: the moment of the look, no earlier than `one.last_at`.
  contributions(user_state& user, rule_state& rule, instance& one, const instant& now);

  /// Those of leaf `index`, `max` of them at most.
  contributing_events of_leaf(std::size_t index, std::size_t max) const;

private:
  /// An event that has not been taken back, and what is left of it.
  struct standing {
    const rules::fact* event = nullptr;
    std::optional<schemas::money> left;
    rules::day_number day = 0;
  };

  contribution of(const standing& each, const rules::leaf& leaf) const;
  std::optional<std::int64_t> begin_of(std::size_t index) const;
  std::optional<std::int64_t> begin_of_streak(std::size_t index) const;
  std::optional<std::int64_t> begin_of_since(const rules::leaf& leaf) const;
  bool reaches_back_to(std::int64_t begin) const;

  const user_state& user_;
  const rule_state& rule_;
  const instance& one_;
  instant now_;
  history_cut everything_;
  recomputation past_;           // Where the events live.
  std::vector<standing> events_; // By time, the latest first.
};

} // namespace laurel::state
