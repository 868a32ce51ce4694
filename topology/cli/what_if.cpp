#include "topology/cli/what_if.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

namespace laurel::topology::cli {

namespace {

using json = nlohmann::json;

const badge_census::users_of_badge& users_of(const badge_census* census, const std::string& badge) {
  static const badge_census::users_of_badge nobody;
  if (census == nullptr)
    return nobody;
  const auto found = census->badges().find(badge);
  return found == census->badges().end() ? nobody : found->second;
}

std::vector<std::string> without(const std::set<std::string>& some,
                                 const std::set<std::string>& others) {
  std::vector<std::string> left;
  std::ranges::set_difference(some, others, std::back_inserter(left));
  return left;
}

} // namespace

schemas::result<badge_census> badge_census::read(std::istream& lines) {
  badge_census census;
  std::map<std::pair<std::string, std::string>, int> held; // Grants that have not ended.
  for (std::string line; std::getline(lines, line);) {
    const auto record = json::parse(line, nullptr, false);
    if (!record.is_object() || !record.contains("kind") || !record.contains("user_id")
        || !record.contains("badge_id"))
      return schemas::failure(schemas::errc::corrupt, "unexpected output of the replay: " + line);
    const auto user = record["user_id"].get<std::string>();
    const auto badge = record["badge_id"].get<std::string>();
    auto& counts = census.badges_[badge];
    if (record["kind"] == "granted") {
      ++counts.grants;
      counts.ever.insert(user);
      ++held[{badge, user}];
    } else if (record["kind"] == "revoked" || record["kind"] == "expired"
               || record["kind"] == "redeemed") {
      --held[{badge, user}];
    }
  }
  for (const auto& [of, count] : held)
    if (count > 0)
      census.badges_[of.first].held.insert(of.second);
  return census;
}

std::vector<badge_effect> effects_of(const badge_census& tested, const badge_census* now) {
  std::set<std::string> names;
  for (const auto& [badge, users] : tested.badges())
    names.insert(badge);
  if (now != nullptr)
    for (const auto& [badge, users] : now->badges())
      names.insert(badge);
  std::vector<badge_effect> effects;
  for (const auto& badge : names) {
    const auto& would = users_of(&tested, badge);
    const auto& does = users_of(now, badge);
    effects.push_back({badge, would.held.size(), would.ever.size(), would.grants,
                       without(would.held, does.held), without(does.held, would.held)});
  }
  return effects;
}

} // namespace laurel::topology::cli
