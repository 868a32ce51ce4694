#include "state/derived_events.hpp"

#include "state/grant_log.hpp"

#include <algorithm>

namespace laurel::state {

using rules::fact;

namespace {

rule_state* bound_state(const user_state& user, std::uint32_t index) {
  const auto at = std::lower_bound(user.bound.begin(), user.bound.end(), index);
  if (at == user.bound.end() || *at != index)
    return nullptr;
  return user.rules[static_cast<std::size_t>(at - user.bound.begin())].get();
}

const emission_change* change_of(const user_state& user, const instance& one, std::uint32_t n) {
  const auto found =
    std::find_if(user.emitted.begin(), user.emitted.end(),
                 [&](const emission_change& each) { return each.one == &one && each.n == n; });
  return found != user.emitted.end() ? &*found : nullptr;
}

const grant* grant_of(const instance& one, std::uint32_t n) {
  for (std::size_t i = 0; one.grants && i < one.grants->size(); ++i) {
    if ((*one.grants)[i].n == n)
      return &(*one.grants)[i];
  }
  return nullptr;
}

} // namespace

derived_event::derived_event(user_state& user, const rule_state& source, const instance& one,
                             std::uint32_t n, const told_grant& as, bool is_fresh) {
  const auto& rule = *source.rule;
  const auto grant = grant_id(source.id, user.user_id, one.key_text(), n);
  id_.append(emitted_prefix).append(grant);
  end_id_ = id_ + std::string(emitted_end);
  const auto own_zone = rule.zone ? user.zone_named(rule.zone_name) : rules::no_zone;
  birth_.id = id_;
  birth_.at = as.granted_at;
  birth_.type = rule.emits->type_hash;
  birth_.zone = rule.zone ? own_zone : as.zone;
  birth_.offset_s = offset_of(user, birth_);
  birth_.is_derived = true;
  birth_.is_fresh = is_fresh;
  fill_fields(*rule.emits, one);
  if (!as.has_ended())
    return;
  end_.emplace();
  end_->id = end_id_;
  end_->retracts = id_;
  end_->at = as.ended_at;
  end_->zone = rule.zone ? own_zone : as.end_zone;
  end_->offset_s = offset_of(user, *end_);
  end_->is_derived = true;
  end_->is_fresh = is_fresh;
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

std::int32_t derived_event::offset_of(const user_state& user, const fact& event) const {
  const auto* zone = user.zone(event.zone);
  return zone != nullptr ? zone->offset_s(event.at) : 0;
}

derived_pair pair_of(user_state& user, const emission_change& change,
                     std::list<derived_event>& kept) {
  derived_pair out;
  const auto* grant = grant_of(*change.one, change.n);
  if (const auto now = grant != nullptr ? told_of(*grant) : std::nullopt)
    out.now = &kept.emplace_back(user, *change.rule, *change.one, change.n, *now, true);
  if (change.before)
    out.before =
      &kept.emplace_back(user, *change.rule, *change.one, change.n, *change.before, true);
  return out;
}

void for_each_derived(user_state& user, const rule_state& consumer, std::list<derived_event>& kept,
                      const std::function<void(const derived_pair&)>& visit) {
  for (const auto index : user.book->graph().emitters[consumer.index]) {
    const auto* source = bound_state(user, index);
    if (source == nullptr)
      continue;
    for (const auto& one : source->instances) {
      for (std::size_t i = 0; one->grants && i < one->grants->size(); ++i) {
        const auto& grant = (*one->grants)[i];
        if (const auto* change = change_of(user, *one, grant.n)) {
          const auto both = pair_of(user, *change, kept);
          if (both.before != nullptr || both.now != nullptr)
            visit(both);
        } else if (const auto told = told_of(grant)) {
          const auto& same = kept.emplace_back(user, *source, *one, grant.n, *told, false);
          visit({&same, &same});
        }
      }
    }
  }
}

} // namespace laurel::state
