#include "schemas/attribute_reader.hpp"

#include "schemas/json_diagnosis.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace laurel::schemas {

namespace {

constexpr std::size_t small_object = 16; // Names that are compared one by one.
constexpr unsigned slot_shift = 32;

std::uint64_t mark_of(std::string_view name) {
  if (name.empty())
    return 1;
  const auto first = static_cast<unsigned char>(name.front());
  const auto last = static_cast<unsigned char>(name.back());
  return std::uint64_t{1} << ((name.size() * 7 + first * 3U + last) % 64);
}

} // namespace

// -- name_set --------------------------------------------------------------------

void name_set::clear() {
  names_.clear();
  marks_ = 0;
}

bool name_set::add(std::string_view name) {
  const std::uint64_t mark = mark_of(name);
  const bool may_be_there = (marks_ & mark) != 0 && names_.size() < small_object;
  if (may_be_there && std::find(names_.begin(), names_.end(), name) != names_.end())
    return false;
  marks_ |= mark;
  names_.push_back(name);
  return true;
}

std::optional<std::string_view> name_set::duplicate() {
  if (names_.size() <= small_object)
    return std::nullopt;
  std::sort(names_.begin(), names_.end());
  const auto found = std::adjacent_find(names_.begin(), names_.end());
  return found == names_.end() ? std::nullopt : std::optional(*found);
}

// -- attribute_reader --------------------------------------------------------------

void attribute_reader::begin(const projection& keep, std::pmr::memory_resource& arena) {
  projection_ = &keep;
  arena_ = &arena;
  kept_.clear();
  top_names_.clear();
}

bool attribute_reader::read(std::string_view name, simdjson::dom::element json, std::size_t depth) {
  return top_names_.add(name) && visit(json, projection_->child(projection::root, name), depth);
}

bool attribute_reader::visit(simdjson::dom::element json, projection::node at, std::size_t depth) {
  using simdjson::dom::element_type;
  switch (json.type()) {
  case element_type::OBJECT:
    return depth <= depth_max_ && visit_object(json.get_object().value_unsafe(), at, depth);
  case element_type::ARRAY: {
    if (depth > depth_max_)
      return false;
    const simdjson::dom::array elements = json.get_array().value_unsafe();
    for (const simdjson::dom::element each : elements)
      if (!visit(each, at, depth + 1)) // An array stands for its elements.
        return false;
    return true;
  }
  case element_type::STRING:
    if (at != projection::none)
      keep(at, json.get_string().value_unsafe());
    return true;
  case element_type::INT64:
    if (at != projection::none)
      keep(at, decimal::from_integer(json.get_int64().value_unsafe()));
    return true;
  case element_type::UINT64:
    if (at != projection::none)
      keep(at, decimal::from_units(static_cast<int128>(json.get_uint64().value_unsafe())
                                   * decimal::units_per_one));
    return true;
  case element_type::DOUBLE: {
    const double number = json.get_double().value_unsafe();
    if (std::abs(number) > fraction_max)
      return false;
    if (at != projection::none)
      keep(at, *decimal::rounded(number));
    return true;
  }
  case element_type::BOOL:
    if (at != projection::none)
      keep(at, json.get_bool().value_unsafe());
    return true;
  case element_type::NULL_VALUE:
    return true; // As good as missing.
  }
  return false;
}

bool attribute_reader::visit_object(simdjson::dom::object object, projection::node at,
                                    std::size_t depth) {
  name_set& names = names_[depth - 1];
  names.clear();
  for (const simdjson::dom::key_value_pair each : object) {
    if (!names.add(each.key))
      return false;
    const auto child = at == projection::none ? at : projection_->child(at, each.key);
    if (!visit(each.value, child, depth + 1))
      return false;
  }
  return !names.duplicate();
}

void attribute_reader::keep(projection::node at, value what) {
  const auto slot = projection_->slot(at);
  if (!slot)
    return; // A path goes on below here, but this is no object.
  if (auto* const text = std::get_if<std::string_view>(&what))
    *text = copy_text(*text, *arena_);
  kept_.push_back({(std::uint64_t{*slot} << slot_shift) | kept_.size(), what});
}

std::span<const field> attribute_reader::fields() {
  if (kept_.empty())
    return {};
  std::sort(kept_.begin(), kept_.end(),
            [](const kept& a, const kept& b) { return a.order < b.order; });
  void* const memory = arena_->allocate(kept_.size() * sizeof(field), alignof(field));
  auto* const begin = static_cast<field*>(memory);
  auto* end = begin;
  for (const kept& each : kept_)
    std::construct_at(end++,
                      field{static_cast<std::uint16_t>(each.order >> slot_shift), each.what});
  return {begin, end};
}

std::string_view copy_text(std::string_view text, std::pmr::memory_resource& arena) {
  if (text.empty())
    return {};
  auto* const copy = static_cast<char*>(arena.allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

} // namespace laurel::schemas
