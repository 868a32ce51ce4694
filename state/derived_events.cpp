#include "state/derived_events.hpp"

#include "state/grant_log.hpp"

namespace laurel::state {

using rules::fact;

namespace {

/// Gives a new fact of the user its place in time. In place: g++ 12 under TSan takes a moved list
/// of fields for one read out of bounds.
void place(fact& out, const user_state& user, std::string_view id, std::int64_t at,
           rules::zone_index zone, bool is_fresh) {
  out.id = id;
  out.at = at;
  out.zone = zone;
  out.offset_s = user.offset_s(zone, at);
  out.is_derived = true;
  out.is_fresh = is_fresh;
}

/// A birth that only gets an end is no news: nothing before the end changes.
derived_event::freshness freshness_of(const told_grant& now,
                                      const std::optional<told_grant>& before) {
  if (!before)
    return {true, true};
  return {now.granted_at != before->granted_at || now.zone != before->zone,
          now.ended_at != before->ended_at || now.end_zone != before->end_zone};
}

} // namespace

derived_event::derived_event(user_state& user, const rule_state& source, const instance& one,
                             std::uint32_t n, const told_grant& as, freshness fresh) {
  const auto& rule = *source.rule;
  const auto grant = grant_id(user, source.id, one.key_text(), n);
  id_.append(emitted_prefix).append(grant);
  end_id_ = id_ + std::string(emitted_end);
  const auto own_zone = rule.zone ? user.zone_named(rule.zone_name) : rules::no_zone;
  place(birth_, user, id_, as.granted_at, rule.zone ? own_zone : as.zone, fresh.birth);
  birth_.type = rule.emits->type_hash;
  fill_fields(*rule.emits, one);
  if (!as.has_ended())
    return;
  end_.emplace();
  place(*end_, user, end_id_, as.ended_at, rule.zone ? own_zone : as.end_zone, fresh.end);
  end_->retracts = id_;
}

boost::container::small_vector<effect, 2>
derived_event::effects(rules::refund_policy refund) const {
  std::vector<const fact*> retractions;
  if (end_)
    retractions.push_back(&*end_);
  return effects_of(birth_, retractions, refund);
}

void derived_event::fill_fields(const rules::emission& what, const instance& one) {
  const auto key = key_parts(one.key_text());
  for (const auto& field : what.fields) {
    if (field.is_text) {
      texts_.push_back(rules::name_for(field.text, key));
      birth_.fields.push_back({field.path, std::string_view(texts_.back())});
    } else {
      birth_.fields.push_back({field.path, field.what});
    }
  }
}

derived_pair pair_of(user_state& user, const emission_change& change,
                     std::list<derived_event>& kept) {
  derived_pair out;
  const auto* grant = find_grant(change.one->grant_list(), change.n);
  if (const auto now = grant != nullptr ? told_of(*grant) : std::nullopt)
    out.now = &kept.emplace_back(user, *change.rule, *change.one, change.n, *now,
                                 freshness_of(*now, change.before));
  if (change.before)
    out.before = &kept.emplace_back(user, *change.rule, *change.one, change.n, *change.before,
                                    derived_event::freshness{});
  return out;
}

void for_each_derived(user_state& user, const rule_state& consumer, std::list<derived_event>& kept,
                      const std::function<void(const derived_pair&)>& visit) {
  for (const auto index : user.book->graph().emitters[consumer.index]) {
    const auto* source = user.bound_rule(index);
    if (source == nullptr)
      continue;
    for (const auto& one : source->instances) {
      for (std::size_t i = 0; one->grants && i < one->grants->size(); ++i) {
        const auto& grant = (*one->grants)[i];
        if (const auto* change = user.emission_of(*one, grant.n)) {
          const auto both = pair_of(user, *change, kept);
          if (both.before != nullptr || both.now != nullptr)
            visit(both);
        } else if (const auto told = told_of(grant)) {
          const auto& same =
            kept.emplace_back(user, *source, *one, grant.n, *told, derived_event::freshness{});
          visit({&same, &same});
        }
      }
    }
  }
}

} // namespace laurel::state
