#include "state/catalogue.hpp"

#include "schemas/base/time.hpp"
#include "schemas/json_diagnosis.hpp"
#include "state/rules/rule_document.hpp"
#include "state/rules/rule_limits.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <set>
#include <utility>

namespace laurel::state {

namespace {

using rules::fault_list;
using rules::json;
using rules::place;

constexpr std::array<std::string_view, catalogue_kind_count> kind_names{"badge", "series",
                                                                        "category"};
constexpr std::array<const char*, catalogue_kind_count> list_names{"badges", "series",
                                                                   "categories"};
constexpr std::string_view default_locale = "en";

/// A BCP 47 tag as far as it matters: parts of 1 to 8 letters and digits, the first 2 to 8 letters.
bool is_locale(std::string_view tag) {
  bool is_first = true;
  for (std::size_t from = 0; from <= tag.size();) {
    const auto end = std::min(tag.find('-', from), tag.size());
    const auto part = tag.substr(from, end - from);
    const bool fits = !part.empty() && part.size() <= 8
                      && std::all_of(part.begin(), part.end(), [&](unsigned char c) {
                           return std::isalpha(c) != 0 || (!is_first && std::isdigit(c) != 0);
                         });
    if (!fits || (is_first && part.size() < 2))
      return false;
    is_first = false;
    from = end + 1;
  }
  return !is_first;
}

/// What a browser may load: never "javascript:" and its like.
bool is_image_uri(std::string_view uri) {
  const bool is_known = uri.starts_with("https://") || uri.starts_with("http://")
                        || uri.starts_with("/") || uri.starts_with("data:image/");
  return is_known && std::all_of(uri.begin(), uri.end(), [](unsigned char c) {
           return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>';
         });
}

/// Checks one entry; whatever is wrong is added, and it goes on.
class entry_reader {
public:
  entry_reader(catalogue_kind kind, const place& root, fault_list& faults)
      : root_(root), faults_(faults) {
    out_.kind = kind;
  }

  catalogue_entry read() {
    if (!root_.at.is_object()) {
      faults_.add(root_, "must be an object");
      return out_;
    }
    refuse_unknown();
    out_.id = text(root_, "id", catalogue_id_bytes_max).value_or("");
    if (!root_.has("id"))
      faults_.add(root_, "needs \"id\"");
    read_texts("names", true);
    read_texts("descriptions", false);
    read_images();
    one_of("state", {"active", "retired"});
    if (out_.kind == catalogue_kind::badge)
      read_badge();
    else if (out_.kind == catalogue_kind::series)
      read_series();
    else
      refer("parent", catalogue_kind::category);
    out_.document = rules::canonical_json(root_.at);
    return std::move(out_);
  }

private:
  void refuse_unknown() {
    switch (out_.kind) {
    case catalogue_kind::badge:
      return faults_.refuse_unknown(root_, {"id", "names", "descriptions", "images", "category",
                                            "series", "rarity", "hidden", "valid", "state"});
    case catalogue_kind::series:
      return faults_.refuse_unknown(root_,
                                    {"id", "names", "descriptions", "images", "badges", "state"});
    case catalogue_kind::category:
      return faults_.refuse_unknown(root_,
                                    {"id", "names", "descriptions", "images", "parent", "state"});
    }
  }

  std::optional<std::string> text(const place& object, const char* name, std::size_t bytes_max) {
    if (!object.has(name))
      return std::nullopt;
    const auto where = object.member(name);
    const bool fits = where.at.is_string() && !where.at.get_ref<const std::string&>().empty()
                      && where.at.get_ref<const std::string&>().size() <= bytes_max;
    if (fits)
      return where.at.get<std::string>();
    faults_.add(where, "must be text of 1 to " + std::to_string(bytes_max) + " bytes");
    return std::nullopt;
  }

  void read_texts(const char* name, bool is_needed) {
    if (!root_.has(name)) {
      if (is_needed)
        faults_.add(root_, std::string("needs \"") + name + "\"");
      return;
    }
    const auto where = root_.member(name);
    if (!where.at.is_object() || where.at.size() > catalogue_locales_max) {
      faults_.add(where, "must be an object of at most " + std::to_string(catalogue_locales_max)
                           + " locales, such as {\"en\": \"Regular\", \"de\": \"Stammgast\"}");
      return;
    }
    if (!where.at.contains(default_locale))
      faults_.add(where, "needs \"en\", which is shown where there is no other");
    for (const auto& [locale, said] : where.at.items()) {
      if (!is_locale(locale))
        faults_.add(where.path + "/" + rules::escaped_step(locale),
                    "is no language tag such as \"de\" or \"pt-BR\"");
      else
        static_cast<void>(text(where, locale.c_str(), catalogue_text_bytes_max));
    }
  }

  void read_images() {
    if (!root_.has("images"))
      return;
    const auto where = root_.member("images");
    if (!where.at.is_object() || where.at.size() > catalogue_images_max) {
      faults_.add(where, "must be an object of at most " + std::to_string(catalogue_images_max)
                           + " images, such as {\"large\": \"https://...\"}");
      return;
    }
    for (const auto& [part, uri] : where.at.items()) {
      const auto said = text(where, part.c_str(), catalogue_uri_bytes_max);
      if (said && !is_image_uri(*said))
        faults_.add(where.path + "/" + rules::escaped_step(part),
                    "must be a URI that begins with https://, http://, / or data:image/");
    }
  }

  void one_of(const char* name, std::initializer_list<std::string_view> words) {
    if (!root_.has(name))
      return;
    const auto where = root_.member(name);
    const auto word = where.at.is_string() ? where.at.get<std::string>() : std::string();
    if (std::find(words.begin(), words.end(), word) == words.end())
      faults_.add(where, "must be one of " + rules::listed(words));
  }

  void refer(const char* name, catalogue_kind kind) {
    if (auto id = text(root_, name, catalogue_id_bytes_max))
      out_.needs.emplace_back(kind, std::move(*id));
  }

  void read_badge() {
    refer("category", catalogue_kind::category);
    refer("series", catalogue_kind::series);
    one_of("rarity", {"common", "uncommon", "rare", "epic", "legendary"});
    if (root_.has("hidden")) {
      if (root_.at["hidden"].is_boolean())
        out_.is_hidden = root_.at["hidden"].get<bool>();
      else
        faults_.add(root_.member("hidden"), "must be true or false");
    }
    if (root_.has("valid"))
      read_valid(root_.member("valid"));
  }

  void read_valid(const place& where) {
    if (!where.at.is_object()) {
      faults_.add(where, "must be an object with \"from\", \"to\" or both");
      return;
    }
    faults_.refuse_unknown(where, {"from", "to"});
    std::array<std::optional<schemas::event_time>, 2> ends;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      const auto* const name = i == 0 ? "from" : "to";
      const auto said = text(where, name, catalogue_id_bytes_max);
      const auto at = said ? schemas::parse_rfc3339(*said) : schemas::result<schemas::event_time>{};
      if (said && !at)
        faults_.add(where.member(name), at.error().message);
      else if (said)
        ends[i] = *at;
    }
    if (ends[0] && ends[1] && *ends[0] >= *ends[1])
      faults_.add(where, "\"from\" must be before \"to\"");
  }

  void read_series() {
    if (!root_.has("badges")) {
      faults_.add(root_, "needs \"badges\", in their order");
      return;
    }
    const auto where = root_.member("badges");
    if (!where.at.is_array() || where.at.empty() || where.at.size() > catalogue_series_badges_max) {
      faults_.add(where, "must be a list of 1 to " + std::to_string(catalogue_series_badges_max)
                           + " badges");
      return;
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < where.at.size(); ++i) {
      const auto each = where.element(i);
      const auto id = each.at.is_string() ? each.at.get<std::string>() : std::string();
      if (id.empty() || id.size() > catalogue_id_bytes_max)
        faults_.add(each, "must be the id of a badge");
      else if (!seen.insert(id).second)
        faults_.add(each, "stands there twice");
      else
        out_.needs.emplace_back(catalogue_kind::badge, id);
    }
  }

  const place root_;
  fault_list& faults_;
  catalogue_entry out_;
};

/// Well-formed JSON without a name given twice, or a fault.
std::optional<json> parse(std::string_view text, fault_list& faults) {
  if (text.size() > catalogue_bytes_max) {
    faults.add("", "has " + std::to_string(text.size()) + " bytes, more than "
                     + std::to_string(catalogue_bytes_max));
    return std::nullopt;
  }
  if (const auto fault = schemas::diagnose(text, rules::document_depth_max)) {
    faults.add(fault->pointer, fault->what);
    return std::nullopt;
  }
  auto document = json::parse(text, nullptr, false);
  if (document.is_discarded()) {
    faults.add("", "is no JSON");
    return std::nullopt;
  }
  return document;
}

catalogue_outcome outcome_of(std::vector<catalogue_entry> entries, fault_list& faults) {
  if (faults.empty())
    return {std::move(entries), {}};
  return {{}, faults.take()};
}

} // namespace

std::string_view name_of(catalogue_kind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<catalogue_kind> parse_catalogue_kind(std::string_view name) {
  const auto found = std::find(kind_names.begin(), kind_names.end(), name);
  if (found == kind_names.end())
    return std::nullopt;
  return static_cast<catalogue_kind>(found - kind_names.begin());
}

catalogue_outcome read_catalogue_entry(catalogue_kind kind, std::string_view text) {
  fault_list faults;
  const auto document = parse(text, faults);
  std::vector<catalogue_entry> entries;
  if (document)
    entries.push_back(entry_reader(kind, {*document, ""}, faults).read());
  return outcome_of(std::move(entries), faults);
}

catalogue_outcome read_catalogue(std::string_view text) {
  fault_list faults;
  const auto document = parse(text, faults);
  std::vector<catalogue_entry> entries;
  if (!document)
    return outcome_of({}, faults);
  const place root{*document, ""};
  if (!document->is_object())
    faults.add(root, "must be an object with \"badges\", \"series\" and \"categories\"");
  else
    faults.refuse_unknown(root, {"badges", "series", "categories"});
  for (std::size_t kind = 0; kind < catalogue_kind_count; ++kind) {
    if (!root.has(list_names[kind]))
      continue;
    const auto list = root.member(list_names[kind]);
    if (!list.at.is_array()) {
      faults.add(list, "must be a list");
      continue;
    }
    std::set<std::string> ids;
    for (std::size_t i = 0; i < list.at.size(); ++i) {
      auto entry = entry_reader(static_cast<catalogue_kind>(kind), list.element(i), faults).read();
      if (!ids.insert(entry.id).second && !entry.id.empty())
        faults.add(list.element(i), "has the id of another one");
      entries.push_back(std::move(entry));
    }
  }
  return outcome_of(std::move(entries), faults);
}

std::string_view text_for(const std::vector<std::pair<std::string, std::string>>& texts,
                          std::string_view locale) {
  const auto find = [&](std::string_view wanted) -> const std::string* {
    const auto at = std::find_if(texts.begin(), texts.end(),
                                 [&](const auto& each) { return each.first == wanted; });
    return at != texts.end() ? &at->second : nullptr;
  };
  for (const auto wanted : {locale, locale.substr(0, locale.find('-')), default_locale}) {
    if (const auto* const found = find(wanted))
      return *found;
  }
  return {};
}

} // namespace laurel::state
