#pragma once

#include <cstdint>
#include <string_view>

namespace laurel::schemas {

/// Kafka's variant of MurmurHash2 (32 bits, its own seed), as the Java client computes it.
std::uint32_t murmur2(std::string_view bytes);

/// The partition of a user's records in every topic: what the Java client's default partitioner
/// (and librdkafka's `partitioner=murmur2_random`) picks for the key. `count` is at least 1.
std::int32_t partition_of(std::string_view user_id, std::int32_t count);

} // namespace laurel::schemas
