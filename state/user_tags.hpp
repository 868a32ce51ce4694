#pragma once

#include <protozero/types.hpp>

#include <cstdint>

/// Field numbers of schemas/wire/state.v1.proto, and the kinds of rows. A number is never given a
/// second meaning.
namespace laurel::state::tags {

using tag = protozero::pbf_tag_type;

inline constexpr char core_format = 1; // First byte of a core record.
inline constexpr char has_more_rows_flag = 1;

inline constexpr char core_row = 'c';
inline constexpr char element_row = 'd';
inline constexpr char instance_row = 'i';
inline constexpr char segment_row = 's';
inline constexpr char outcomes_row = 'o';

namespace core {
inline constexpr tag input = 1;
inline constexpr tag is_joined = 2;
inline constexpr tag zone = 3;
inline constexpr tag rule = 4;
inline constexpr tag timer_at_ms = 5;
inline constexpr tag erased_at_ms = 6;
} // namespace core

namespace input {
inline constexpr tag number = 1;
inline constexpr tag clock_ms = 2;
inline constexpr tag next_ordinal = 3;
inline constexpr tag dropped_until_ms = 4;
inline constexpr tag tail = 5;
} // namespace input

namespace segment {
inline constexpr tag first = 1;
inline constexpr tag count = 2;
inline constexpr tag keep_ms = 3;
inline constexpr tag entries = 4;
} // namespace segment

namespace rule {
inline constexpr tag id = 1;
inline constexpr tag version = 2;
inline constexpr tag aggregates = 3;
inline constexpr tag counts_from_ms = 4;
inline constexpr tag judged_from_ms = 5;
inline constexpr tag inputs_seen = 6;
inline constexpr tag since = 7;
inline constexpr tag closed_at = 8;
inline constexpr tag gaps = 9;
inline constexpr tag instance = 10;
inline constexpr tag base_at_ms = 30;
} // namespace rule

namespace instance {
inline constexpr tag key = 1;
inline constexpr tag last_at_ms = 2;
inline constexpr tag zone = 3;
inline constexpr tag leaf = 4;
inline constexpr tag grant = 5;
inline constexpr tag dips = 6;
inline constexpr tag born_at_ms = 7;
inline constexpr tag order = 8;
inline constexpr tag debt = 9;
} // namespace instance

namespace order {
inline constexpr tag n = 1;
inline constexpr tag how = 2;
inline constexpr tag at_ms = 3;
inline constexpr tag expires_at_ms = 4;
inline constexpr tag cause = 5;
} // namespace order

namespace debt {
inline constexpr tag n = 1;
inline constexpr tag from_ms = 2;
inline constexpr tag to_ms = 3;
inline constexpr tag cause = 4;
} // namespace debt

namespace outcome {
inline constexpr tag id = 1;
inline constexpr tag kind = 2;
inline constexpr tag at_ms = 3;
inline constexpr tag recorded_at_ms = 4;
inline constexpr tag problem = 5;
inline constexpr tag grant_id = 6;
inline constexpr tag revision = 7;
inline constexpr tag badge = 8;
inline constexpr tag fingerprint = 9;
} // namespace outcome

namespace leaf {
inline constexpr tag number = 1;
inline constexpr tag wide_number = 2;
inline constexpr tag elements = 3;
inline constexpr tag large_elements = 4;
inline constexpr tag bucket = 5;
inline constexpr tag days = 6;
inline constexpr tag run = 7;
inline constexpr tag base = 8;
inline constexpr tag head = 9;
inline constexpr tag freezes = 10;
inline constexpr tag unit = 11;
inline constexpr tag walk = 12;
} // namespace leaf

namespace trace {
inline constexpr tag anchor_ms = 1;
inline constexpr tag bucket = 2;
inline constexpr tag is_complete = 3;
inline constexpr tag run = 4;
} // namespace trace

namespace run {
inline constexpr tag same = 1;
inline constexpr tag at_ms = 2;
} // namespace run

namespace bucket {
inline constexpr tag period = 1;
inline constexpr tag number = 2;
inline constexpr tag wide_number = 3;
inline constexpr tag elements = 4;
inline constexpr tag count = 5;
inline constexpr tag best_at_ms = 6;
inline constexpr tag best = 7;
inline constexpr tag wide_best = 8;
} // namespace bucket

namespace grant {
inline constexpr tag n = 1;
inline constexpr tag revision = 2;
inline constexpr tag state = 3;
inline constexpr tag granted_at_ms = 4;
inline constexpr tag cause = 5;
inline constexpr tag ended_at_ms = 6;
inline constexpr tag end_cause = 7;
inline constexpr tag badge = 8;
inline constexpr tag version = 9;
inline constexpr tag judged_by = 10;
inline constexpr tag recorded_at_ms = 11;
inline constexpr tag has_expired = 12;
inline constexpr tag expires_at_ms = 13;
inline constexpr tag unclaimed_at_ms = 14;
inline constexpr tag zone = 15;
inline constexpr tag end_zone = 16;
inline constexpr tag how = 17;
inline constexpr tag debt_at_ms = 18;
inline constexpr tag debt_cause = 19;
inline constexpr tag notified = 20;
inline constexpr tag told_by = 21;         // offset * input_count + input
inline constexpr std::uint32_t stands = 1; // Bits of `state`.
inline constexpr std::uint32_t told = 2;
inline constexpr std::uint32_t pinned = 4;
} // namespace grant

} // namespace laurel::state::tags
