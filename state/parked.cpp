#include "state/parked.hpp"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <exception>

namespace laurel::state {

namespace {

constexpr std::string_view parked_records = "__parked/r";
constexpr std::size_t length_bytes = 2;

// Field numbers of schemas/wire/state.v1.proto. A number is never given a second meaning.
namespace user_tag {
constexpr protozero::pbf_tag_type reason = 1;
constexpr protozero::pbf_tag_type since_ms = 2;
constexpr protozero::pbf_tag_type records = 3;
constexpr protozero::pbf_tag_type bytes = 4;
} // namespace user_tag

namespace record_tag {
constexpr protozero::pbf_tag_type input = 1;
constexpr protozero::pbf_tag_type offset = 2;
constexpr protozero::pbf_tag_type append_time_ms = 3;
constexpr protozero::pbf_tag_type key = 4;
constexpr protozero::pbf_tag_type value = 5;
constexpr protozero::pbf_tag_type redriven = 6;
} // namespace record_tag

std::string key_of(std::string_view prefix, std::string_view user_id) {
  return std::string{prefix} + user_prefix(user_id);
}

/// Runs `read` over the fields; protozero throws on malformed wire data.
template <class Read>
schemas::result<void> read_fields(std::string_view bytes, Read&& read) {
  try {
    protozero::pbf_reader in(bytes.data(), bytes.size());
    while (in.next())
      read(in);
    return {};
  } catch (const std::exception& fault) {
    return schemas::failure(schemas::errc::corrupt, std::string{"parked row: "} + fault.what());
  }
}

} // namespace

std::string parked_user_key(std::string_view user_id) {
  return key_of(parked_users_prefix, user_id);
}

row user_row(const parked_user& user) {
  row made{parked_user_key(user.user_id), std::string{}};
  protozero::pbf_writer out(*made.value);
  out.add_string(user_tag::reason, user.reason);
  out.add_sint64(user_tag::since_ms, user.since_ms);
  out.add_uint64(user_tag::records, user.records);
  out.add_uint64(user_tag::bytes, user.bytes);
  return made;
}

schemas::result<parked_user> decode_parked_user(const row& stored) {
  const auto head = parked_users_prefix.size() + length_bytes;
  if (stored.key.size() <= head || !stored.key.starts_with(parked_users_prefix) || !stored.value)
    return schemas::failure(schemas::errc::corrupt, "parked row: its key names no user");
  parked_user user;
  user.user_id = stored.key.substr(head);
  const auto done = read_fields(*stored.value, [&](protozero::pbf_reader& in) {
    switch (in.tag()) {
    case user_tag::reason:
      user.reason = in.get_string();
      break;
    case user_tag::since_ms:
      user.since_ms = in.get_sint64();
      break;
    case user_tag::records:
      user.records = in.get_uint64();
      break;
    case user_tag::bytes:
      user.bytes = in.get_uint64();
      break;
    default:
      in.skip();
    }
  });
  if (!done)
    return tl::unexpected{done.error()};
  return user;
}

std::string parked_records_prefix(std::string_view user_id) {
  return key_of(parked_records, user_id);
}

row record_row(std::string_view user_id, std::uint64_t sequence, const parked_record& record) {
  row made{parked_records_prefix(user_id), std::string{}};
  for (int shift = 56; shift >= 0; shift -= 8)
    made.key.push_back(static_cast<char>(sequence >> static_cast<unsigned>(shift) & 0xffU));
  protozero::pbf_writer out(*made.value);
  out.add_uint32(record_tag::input, record.input);
  out.add_sint64(record_tag::offset, record.offset);
  out.add_sint64(record_tag::append_time_ms, record.append_time_ms);
  out.add_bytes(record_tag::key, record.key);
  out.add_bytes(record_tag::value, record.value);
  if (!record.redriven.empty())
    out.add_bytes(record_tag::redriven, record.redriven);
  return made;
}

schemas::result<parked_record> decode_parked_record(std::string_view value) {
  parked_record record;
  const auto done = read_fields(value, [&](protozero::pbf_reader& in) {
    switch (in.tag()) {
    case record_tag::input:
      record.input = in.get_uint32();
      break;
    case record_tag::offset:
      record.offset = in.get_sint64();
      break;
    case record_tag::append_time_ms:
      record.append_time_ms = in.get_sint64();
      break;
    case record_tag::key:
      record.key = in.get_bytes();
      break;
    case record_tag::value:
      record.value = in.get_bytes();
      break;
    case record_tag::redriven:
      record.redriven = in.get_bytes();
      break;
    default:
      in.skip();
    }
  });
  if (!done)
    return tl::unexpected{done.error()};
  return record;
}

} // namespace laurel::state
