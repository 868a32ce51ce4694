#pragma once

#include "state/user_state.hpp"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

/// Instances as messages of schemas/wire/state.v1.proto, for the two halves of the user codec.
namespace laurel::state {

/// What a reader of stored bytes throws, and `read_user` makes an error.
struct malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void demand(bool condition, const char* what) {
  if (!condition)
    throw malformed(what);
}

void write_instance(protozero::pbf_writer& out, const instance& one);
std::unique_ptr<instance> read_instance(protozero::pbf_reader in, bool in_row);
leaf_state read_leaf(protozero::pbf_reader in);

/// The distinct set of a leaf that has one; made if the leaf is still empty.
distinct_set& set_of(leaf_state& state);

/// A count of an element, as a row of its own holds it.
void append_signed(std::string& out, std::int64_t value);
std::int64_t read_signed(std::string_view bytes);

} // namespace laurel::state
