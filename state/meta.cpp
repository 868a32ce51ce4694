#include "state/meta.hpp"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <exception>

namespace laurel::state {

namespace {

// Field numbers of schemas/wire/state.v1.proto. A number is never given a second meaning.
enum class meta_tag : protozero::pbf_tag_type {
  format = 1,
  commit_number = 2,
  owner_epoch = 3,
  owner = 4,
  next_offset = 5,
  catalog_position = 6,
  clock_ms = 7,
  counters = 8,
  rules = 9,
};
enum class counters_tag : protozero::pbf_tag_type {
  applied = 1,
  duplicate = 2,
  late = 3,
  dead_letter = 4,
  parked = 5,
  decisions = 6,
  users = 7,
  erased = 8,
  erased_users = 9,
};
enum class rule_tag : protozero::pbf_tag_type {
  id = 1,
  version = 2,
  effective_from_ms = 3,
  aggregates = 4,
};

constexpr std::uint32_t format_now = 1;

template <class Tag>
protozero::pbf_tag_type number(Tag tag) {
  return static_cast<protozero::pbf_tag_type>(tag);
}

void write_counters(protozero::pbf_writer& parent, const record_counters& counters) {
  protozero::pbf_writer out(parent, number(meta_tag::counters));
  out.add_uint64(number(counters_tag::applied), counters.applied);
  out.add_uint64(number(counters_tag::duplicate), counters.duplicate);
  out.add_uint64(number(counters_tag::late), counters.late);
  out.add_uint64(number(counters_tag::dead_letter), counters.dead_letter);
  out.add_uint64(number(counters_tag::parked), counters.parked);
  out.add_uint64(number(counters_tag::decisions), counters.decisions);
  out.add_uint64(number(counters_tag::users), counters.users);
  if (counters.erased > 0)
    out.add_uint64(number(counters_tag::erased), counters.erased);
  if (counters.erased_users > 0)
    out.add_uint64(number(counters_tag::erased_users), counters.erased_users);
}

record_counters read_counters(protozero::pbf_reader in) {
  record_counters counters;
  while (in.next()) {
    switch (static_cast<counters_tag>(in.tag())) {
    case counters_tag::applied:
      counters.applied = in.get_uint64();
      break;
    case counters_tag::duplicate:
      counters.duplicate = in.get_uint64();
      break;
    case counters_tag::late:
      counters.late = in.get_uint64();
      break;
    case counters_tag::dead_letter:
      counters.dead_letter = in.get_uint64();
      break;
    case counters_tag::parked:
      counters.parked = in.get_uint64();
      break;
    case counters_tag::decisions:
      counters.decisions = in.get_uint64();
      break;
    case counters_tag::users:
      counters.users = in.get_uint64();
      break;
    case counters_tag::erased:
      counters.erased = in.get_uint64();
      break;
    case counters_tag::erased_users:
      counters.erased_users = in.get_uint64();
      break;
    default:
      in.skip();
    }
  }
  return counters;
}

void read_rule(protozero::pbf_reader in, task_meta& meta) {
  std::string id;
  task_meta::rule_entry entry;
  while (in.next()) {
    switch (static_cast<rule_tag>(in.tag())) {
    case rule_tag::id:
      id = in.get_string();
      break;
    case rule_tag::version:
      entry.version = in.get_string();
      break;
    case rule_tag::effective_from_ms:
      entry.effective_from.ms = in.get_sint64();
      break;
    case rule_tag::aggregates:
      entry.aggregates = in.get_string();
      break;
    default:
      in.skip();
    }
  }
  meta.rules.insert_or_assign(std::move(id), std::move(entry));
}

/// Reads one field of a TaskMeta; `inputs_read` counts the offsets, which come in input order.
void read_field(protozero::pbf_reader& in, task_meta& meta, std::size_t& inputs_read) {
  switch (static_cast<meta_tag>(in.tag())) {
  case meta_tag::commit_number:
    meta.commit_number = in.get_uint64();
    break;
  case meta_tag::owner_epoch:
    meta.owner_epoch = in.get_uint64();
    break;
  case meta_tag::owner:
    meta.owner = in.get_string();
    break;
  case meta_tag::next_offset: {
    const auto offset = in.get_sint64();
    if (inputs_read < meta.next_offset.size())
      meta.next_offset[inputs_read] = offset;
    ++inputs_read;
    break;
  }
  case meta_tag::catalog_position:
    meta.catalog_position = in.get_sint64();
    break;
  case meta_tag::clock_ms:
    meta.clock.ms = in.get_sint64();
    break;
  case meta_tag::counters:
    meta.counters = read_counters(in.get_message());
    break;
  case meta_tag::rules:
    read_rule(in.get_message(), meta);
    break;
  default:
    in.skip();
  }
}

} // namespace

std::string encode(const task_meta& meta) {
  std::string bytes;
  protozero::pbf_writer out(bytes);
  out.add_uint32(number(meta_tag::format), format_now);
  out.add_uint64(number(meta_tag::commit_number), meta.commit_number);
  out.add_uint64(number(meta_tag::owner_epoch), meta.owner_epoch);
  out.add_string(number(meta_tag::owner), meta.owner);
  for (const auto offset : meta.next_offset)
    out.add_sint64(number(meta_tag::next_offset), offset);
  out.add_sint64(number(meta_tag::catalog_position), meta.catalog_position);
  out.add_sint64(number(meta_tag::clock_ms), meta.clock.ms);
  write_counters(out, meta.counters);
  for (const auto& [id, entry] : meta.rules) {
    protozero::pbf_writer rule(out, number(meta_tag::rules));
    rule.add_string(number(rule_tag::id), id);
    rule.add_string(number(rule_tag::version), entry.version);
    rule.add_sint64(number(rule_tag::effective_from_ms), entry.effective_from.ms);
    rule.add_string(number(rule_tag::aggregates), entry.aggregates);
  }
  return bytes;
}

schemas::result<task_meta> decode_meta(std::string_view bytes) {
  const auto fail = [](const std::string& why) {
    return schemas::failure(schemas::errc::corrupt, "__meta record: " + why);
  };
  try {
    task_meta meta;
    std::uint32_t format = 0;
    std::size_t inputs_read = 0;
    protozero::pbf_reader in(bytes.data(), bytes.size());
    while (in.next()) {
      if (in.tag() == number(meta_tag::format))
        format = in.get_uint32();
      else
        read_field(in, meta, inputs_read);
    }
    if (format != format_now)
      return fail("format " + std::to_string(format) + " is not one this program reads");
    return meta;
  } catch (const std::exception& e) { // protozero throws on malformed wire data
    return fail(e.what());
  }
}

} // namespace laurel::state
