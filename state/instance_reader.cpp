#include "state/instance_codec.hpp"
#include "state/user_tags.hpp"

namespace laurel::state {

using protozero::pbf_reader;

namespace {

ending read_ending(pbf_reader& in) {
  const auto number = in.get_uint32();
  demand(number <= static_cast<std::uint32_t>(ending::recalled), "an unknown ending");
  return static_cast<ending>(number);
}

schemas::log_place place_of(std::uint64_t number) {
  return {static_cast<schemas::input>(number % schemas::input_count),
          static_cast<std::int64_t>(number / schemas::input_count)};
}

grant read_grant(pbf_reader in) {
  grant out;
  debt owed;
  bool is_owed = false;
  while (in.next()) {
    switch (in.tag()) {
    case tags::grant::n:
      out.n = in.get_uint32();
      break;
    case tags::grant::revision:
      out.revision = in.get_uint32();
      break;
    case tags::grant::state: {
      const auto bits = in.get_uint32();
      out.stands = (bits & tags::grant::stands) != 0;
      out.told = (bits & tags::grant::told) != 0;
      out.is_pinned = (bits & tags::grant::pinned) != 0;
      break;
    }
    case tags::grant::granted_at_ms:
      out.granted_at = in.get_sint64();
      break;
    case tags::grant::cause:
      out.cause = in.get_string();
      break;
    case tags::grant::ended_at_ms:
      out.end = out.end == ending::none ? ending::revoked : out.end;
      out.ended_at = in.get_sint64();
      break;
    case tags::grant::end_cause:
      out.end_cause = in.get_string();
      break;
    case tags::grant::has_expired:
      out.end = in.get_bool() ? ending::expired : out.end;
      break;
    case tags::grant::expires_at_ms:
      out.expires_at = in.get_sint64();
      break;
    case tags::grant::unclaimed_at_ms:
      out.unclaimed_at = in.get_sint64();
      break;
    case tags::grant::zone:
      out.zone = static_cast<rules::zone_index>(in.get_uint32());
      break;
    case tags::grant::end_zone:
      out.end_zone = static_cast<rules::zone_index>(in.get_uint32());
      break;
    case tags::grant::badge:
      out.badge = in.get_string();
      break;
    case tags::grant::version:
      out.version = in.get_fixed64();
      break;
    case tags::grant::judged_by:
      out.judged_by = in.get_fixed64();
      break;
    case tags::grant::recorded_at_ms:
      out.recorded_at = in.get_sint64();
      break;
    case tags::grant::told_by:
      out.told_by = place_of(in.get_uint64());
      break;
    case tags::grant::how:
      out.end = read_ending(in);
      break;
    case tags::grant::notified:
      out.notified = static_cast<std::uint16_t>(in.get_uint32());
      break;
    case tags::grant::debt_at_ms:
      owed.at = in.get_sint64();
      break;
    case tags::grant::debt_cause:
      owed.cause = in.get_string();
      is_owed = true;
      break;
    default:
      in.skip();
    }
  }
  if (is_owed)
    out.owed = std::make_shared<const debt>(std::move(owed));
  if (out.judged_by == 0)
    out.judged_by = out.version;
  if (out.end == ending::revoked)
    out.unclaimed_at = out.ended_at;
  return out;
}

order read_order(pbf_reader in) {
  order out;
  while (in.next()) {
    switch (in.tag()) {
    case tags::order::n:
      out.n = in.get_uint32();
      break;
    case tags::order::how:
      out.how = read_ending(in);
      break;
    case tags::order::at_ms:
      out.at = in.get_sint64();
      break;
    case tags::order::expires_at_ms:
      out.expires_at = in.get_sint64();
      break;
    case tags::order::cause:
      out.cause = in.get_string();
      break;
    default:
      in.skip();
    }
  }
  return out;
}

debt_span read_debt(pbf_reader in) {
  debt_span out;
  while (in.next()) {
    switch (in.tag()) {
    case tags::debt::n:
      out.n = in.get_uint32();
      break;
    case tags::debt::from_ms:
      out.from = in.get_sint64();
      break;
    case tags::debt::to_ms:
      out.to = in.get_sint64();
      break;
    case tags::debt::cause:
      out.cause = in.get_string();
      break;
    default:
      in.skip();
    }
  }
  return out;
}

std::unique_ptr<std::vector<dip>> read_dips(pbf_reader& in) {
  auto out = std::make_unique<std::vector<dip>>();
  bool is_end = false;
  for (const auto at : in.get_packed_sint64()) {
    if (is_end)
      out->back().to = at;
    else
      out->push_back({at, no_time});
    is_end = !is_end;
  }
  return out;
}

} // namespace

std::unique_ptr<instance> read_instance(pbf_reader in, bool in_row) {
  auto out = std::make_unique<instance>();
  out->in_row = in_row;
  std::vector<leaf_state> leaves;
  while (in.next()) {
    switch (in.tag()) {
    case tags::instance::key:
      out->key = std::make_unique<const std::string>(in.get_string());
      break;
    case tags::instance::last_at_ms:
      out->last_at = in.get_sint64();
      break;
    case tags::instance::zone:
      out->zone = static_cast<rules::zone_index>(in.get_uint32());
      break;
    case tags::instance::leaf:
      leaves.push_back(read_leaf(in.get_message()));
      break;
    case tags::instance::grant:
      out->grant_list().push_back(read_grant(in.get_message()));
      break;
    case tags::instance::dips:
      out->dips = read_dips(in);
      break;
    case tags::instance::order:
      out->rare_state_of().orders.push_back(read_order(in.get_message()));
      break;
    case tags::instance::debt:
      out->rare_state_of().debts.push_back(read_debt(in.get_message()));
      break;
    case tags::instance::born_at_ms:
      out->born_at = in.get_sint64();
      break;
    default:
      in.skip();
    }
  }
  out->note_standing();
  out->resize_leaves(leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i)
    out->leaf(i) = std::move(leaves[i]);
  return out;
}

} // namespace laurel::state
