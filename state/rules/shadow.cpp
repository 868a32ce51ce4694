#include "state/rules/compiled_rule.hpp"
#include "state/rules/rule_book.hpp"

namespace laurel::state::rules {

namespace {

constexpr std::string_view suffix = "@shadow";

} // namespace

std::shared_ptr<const compiled_rule> shadow_of(const compiled_rule& rule) {
  auto made = std::make_shared<compiled_rule>(rule);
  made->id = shadow_id(rule.id);
  made->is_shadow = true;
  made->told = nullptr;
  return made;
}

std::string shadow_id(std::string_view rule_id) {
  return std::string(rule_id).append(suffix);
}

bool is_shadow_id(std::string_view rule_id) {
  return rule_id.ends_with(suffix);
}

std::string_view tried_id(std::string_view rule_id) {
  if (is_shadow_id(rule_id))
    rule_id.remove_suffix(suffix.size());
  return rule_id;
}

std::string_view document_id(std::string_view rule_id) {
  return rule_id.substr(0, rule_id.find('@', 1)); // The first may be "@manual".
}

} // namespace laurel::state::rules
