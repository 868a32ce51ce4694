#include "schemas/base/check.hpp"
#include "schemas/dead_letter.hpp"
#include "schemas/event_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string_view>

/// Throws any bytes at the event decoder: whatever comes is an event whose promises hold, or an
/// error that says something. Sanitizers watch the rest.
namespace {

using namespace laurel::schemas;

const projection& attributes_read() {
  static const projection paths = [] {
    projection some;
    for (const char* const path : {"a", "a.b", "post.id", "tags", "value", "x.y.z", ""})
      some.add(path);
    return some;
  }();
  return paths;
}

void check_event(const event& what) {
  CHECK_ALWAYS(!what.id.empty() && what.id.size() <= event_limits{}.id_bytes_max);
  CHECK_ALWAYS(!what.user_id.empty() && what.user_id.size() <= event_limits{}.id_bytes_max);
  CHECK_ALWAYS(!what.type.empty() && what.type.size() <= event_limits{}.id_bytes_max);
  CHECK_ALWAYS(what.at >= event_time_min && what.at <= event_time_max);
  CHECK_ALWAYS(parse_rfc3339(to_rfc3339(what.at)) == what.at);
  CHECK_ALWAYS(what.retracts != what.id);
  CHECK_ALWAYS(!what.amount || what.amount->minor >= 0);
  if (what.amount)
    CHECK_ALWAYS(major_units(*what.amount) >= decimal());
  std::size_t slot = 0;
  for (const field& each : what.fields) {
    CHECK_ALWAYS(each.slot >= slot && each.slot < attributes_read().paths().size());
    slot = each.slot;
    if (const auto* const number = std::get_if<decimal>(&each.what))
      CHECK_ALWAYS(decimal::parse(number->text()) == *number);
  }
}

void check_error(const decode_error& why, std::string_view bytes) {
  CHECK_ALWAYS(!why.message.empty() && !why.code().empty());
  CHECK_ALWAYS(!why.byte || *why.byte <= bytes.size());
  for (const char c : why.message)
    CHECK_ALWAYS(static_cast<unsigned char>(c) >= 0x20);
  CHECK_ALWAYS(make_dead_letter({}, why, bytes).value == bytes);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static event_decoder decoder; // Reused, as a partition does.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::pmr::monotonic_buffer_resource arena;
  record_context record;
  record.from = input::transaction;

  const auto what = decoder.decode(bytes, record, attributes_read(), arena);
  if (what)
    check_event(*what);
  else
    check_error(what.error(), bytes);
  CHECK_ALWAYS(decoder.route(bytes).has_value() == what.has_value());
  return 0;
}
