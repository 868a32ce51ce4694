#pragma once

#include "api/operations.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The JSON documents of `operations`, in both directions; as api/documents.hpp.
namespace laurel::api {

std::string to_json(const letter_page& page);
std::string to_json(const settle_outcome& outcome);
std::string to_json(const std::vector<parked_user>& users);
std::string partitions_to_json(const std::vector<std::int32_t>& partitions);
std::string records_to_json(std::uint64_t records);

// Readers for our own client: they fail with `corrupt` on a document that is not ours.

[[nodiscard]] schemas::result<letter_page> parse_letters(std::string_view json);
[[nodiscard]] schemas::result<settle_outcome> parse_settled(std::string_view json);
[[nodiscard]] schemas::result<std::vector<parked_user>> parse_parked(std::string_view json);
[[nodiscard]] schemas::result<std::vector<std::int32_t>> parse_partitions(std::string_view json);
[[nodiscard]] schemas::result<std::uint64_t> parse_records(std::string_view json);

} // namespace laurel::api
