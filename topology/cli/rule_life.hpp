#pragma once

#include "api/rule_desk.hpp"

#include <string>

namespace laurel::topology::cli {

class session;

/// Enough of a version's hash to tell versions apart.
std::string short_version(const std::string& version);

/// One line, or JSON, about what became of a version.
void print_published(session& with, const api::publish_outcome& outcome, api::rule_stage as);

} // namespace laurel::topology::cli
