#include "state/command_outcome.hpp"

#include "schemas/command_codec.hpp"
#include "state/instance_codec.hpp"
#include "state/user_tags.hpp"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <utility>

namespace laurel::state {

namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;

constexpr protozero::pbf_tag_type outcome_tag = 1;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> problems{{
  {"not-found", "The user has no such grant."},
  {"not-held", "The badge is not held, so there is nothing to do it to."},
  {"version-mismatch", "The grant has changed since the revision that was named."},
  {"not-redeemable",
   "Only badges granted by hand and those of rules with \"revoke\": \"until_redeemed\" are "
   "redeemed."},
  {"in-group",
   "A badge of an exclusive group ends with what its rule holds; that cannot be moved."},
  {"no-expiry", "This badge does not end by itself, so its end cannot be moved."},
  {"too-late", "The new end lies before what is already decided."},
  {"too-many", "So many commands for one grant are not remembered."},
}};

void write_outcome(pbf_writer& parent, const command_outcome& one) {
  pbf_writer out(parent, outcome_tag);
  out.add_string(tags::outcome::id, one.id);
  out.add_uint32(tags::outcome::kind, static_cast<std::uint32_t>(one.kind));
  out.add_sint64(tags::outcome::at_ms, one.at);
  out.add_sint64(tags::outcome::recorded_at_ms, one.recorded_at);
  out.add_string(tags::outcome::problem, one.problem);
  out.add_string(tags::outcome::grant_id, one.grant_id);
  out.add_uint32(tags::outcome::revision, one.revision);
  out.add_string(tags::outcome::badge, one.badge);
  out.add_fixed64(tags::outcome::fingerprint, one.fingerprint);
}

command_outcome read_outcome(pbf_reader in) {
  command_outcome out;
  while (in.next()) {
    switch (in.tag()) {
    case tags::outcome::id:
      out.id = in.get_string();
      break;
    case tags::outcome::kind: {
      const auto number = in.get_uint32();
      demand(number < schemas::command_kind_count, "an unknown kind of command");
      out.kind = static_cast<schemas::command_kind>(number);
      break;
    }
    case tags::outcome::at_ms:
      out.at = in.get_sint64();
      break;
    case tags::outcome::recorded_at_ms:
      out.recorded_at = in.get_sint64();
      break;
    case tags::outcome::problem:
      out.problem = in.get_string();
      break;
    case tags::outcome::grant_id:
      out.grant_id = in.get_string();
      break;
    case tags::outcome::revision:
      out.revision = in.get_uint32();
      break;
    case tags::outcome::badge:
      out.badge = in.get_string();
      break;
    case tags::outcome::fingerprint:
      out.fingerprint = in.get_fixed64();
      break;
    default:
      in.skip();
    }
  }
  return out;
}

} // namespace

command_outcome outcome_of(const schemas::command& asked, schemas::event_time recorded_at) {
  command_outcome out;
  out.id = asked.id;
  out.kind = asked.kind;
  out.at = asked.at.ms;
  out.recorded_at = recorded_at.ms;
  out.fingerprint = fingerprint_of(asked);
  return out;
}

const command_outcome* find_outcome(const std::vector<command_outcome>& all, std::string_view id) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const command_outcome& each) { return each.id == id; });
  return found != all.end() ? &*found : nullptr;
}

std::uint64_t fingerprint_of(const schemas::command& what) {
  auto timeless = what;
  timeless.at = {};
  const auto text = schemas::encode(timeless);
  return XXH3_64bits(text.data(), text.size());
}

std::string_view describe_problem(std::string_view problem) {
  const auto found = std::find_if(problems.begin(), problems.end(),
                                  [&](const auto& each) { return each.first == problem; });
  return found == problems.end() ? std::string_view("It was refused.") : found->second;
}

std::string encode(const std::vector<command_outcome>& all) {
  std::string bytes;
  pbf_writer out(bytes);
  for (const auto& one : all)
    write_outcome(out, one);
  return bytes;
}

std::vector<command_outcome> decode_outcomes(std::string_view bytes) {
  std::vector<command_outcome> all;
  pbf_reader in(bytes.data(), bytes.size());
  while (in.next()) {
    if (in.tag() == outcome_tag)
      all.push_back(read_outcome(in.get_message()));
    else
      in.skip();
  }
  return all;
}

} // namespace laurel::state
