#pragma once

#include "state/condition_reader.hpp"
#include "state/user_state.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

/// Says for people what is missing until a condition is what it is wanted to be: "2 more checkin
/// before Sunday 24:00 Asia/Shanghai (2026-01-11)". Borrows; lives for one look.
class missing_text {
public:
  /// `zone`: the name of the one that `now.today` is a day of.
  missing_text(const user_state& user, const rules::compiled_rule& rule, const instance& one,
               const instant& now, std::string_view zone)
      : rule_(rule), one_(one), now_(now), zone_(zone), values_(user, rule, one, now) {}

  /// What is missing of condition `index`, all of which is needed; nothing if it is as wanted.
  std::vector<std::string> of(std::size_t index, bool is_wanted) const;

private:
  std::vector<std::string> of_all(const rules::condition_node& node, bool is_wanted) const;
  std::vector<std::string> of_any(const rules::condition_node& node, bool is_wanted) const;
  std::vector<std::string> of_at_least(const rules::condition_node& node, bool is_wanted) const;
  std::string of_leaf(std::size_t index, bool is_wanted) const;
  std::string of_comparison(const rules::condition_node& node) const;
  std::string of_aggregate(const rules::leaf& leaf, std::size_t index,
                           const schemas::decimal& missing) const;
  std::string of_holding(std::size_t index) const;
  std::string of_sequence(std::size_t leaf_index) const;
  std::string window(const rules::leaf& leaf) const;
  std::string streak_deadline(std::size_t leaf_index) const;
  std::string end_of_day_before(rules::day_number day) const;
  std::string types(std::uint64_t mask) const;

  const rules::compiled_rule& rule_;
  const instance& one_;
  instant now_;
  std::string_view zone_;
  condition_reader values_;
};

/// "ge", as the language has it; "holds" for what has no two sides.
std::string_view relation_of(rules::condition_node::kind what);

/// "at least" for `ge`, as a sentence has it.
std::string_view words_of(rules::condition_node::kind what);

} // namespace laurel::state
