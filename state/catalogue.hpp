#pragma once

#include "schemas/base/result.hpp"
#include "state/rules/rule_book.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What products show of badges beside what rules say: names for people, images, where they belong.
/// Nothing in here decides anything.
namespace laurel::state {

enum class catalogue_kind : std::uint8_t { badge, series, category };
inline constexpr std::size_t catalogue_kind_count = 3;

/// "badge", "series", "category".
std::string_view name_of(catalogue_kind kind);
std::optional<catalogue_kind> parse_catalogue_kind(std::string_view name);

// Limits of one entry and of a file of them.
inline constexpr std::size_t catalogue_bytes_max = 1UL << 20;
inline constexpr std::size_t catalogue_id_bytes_max = 256;    // As a rule's `badge`.
inline constexpr std::size_t catalogue_text_bytes_max = 4096; // Of one locale.
inline constexpr std::size_t catalogue_locales_max = 64;
inline constexpr std::size_t catalogue_uri_bytes_max = 2048;
inline constexpr std::size_t catalogue_images_max = 16;
inline constexpr std::size_t catalogue_series_badges_max = 1000;

/// One entry, checked. `document` is its canonical JSON; the same entry has the same bytes.
///
///   badge    = { id, names, descriptions?, images?: {part: uri}, category?, series?,
///                rarity?: common|uncommon|rare|epic|legendary, hidden?, valid?: {from?, to?},
///                state?: active|retired }
///   series   = { id, names, descriptions?, images?, badges: [ids, in order], state? }
///   category = { id, names, descriptions?, images?, parent?, state? }
///   names    = { locale: text }, "en" among them
struct catalogue_entry {
  catalogue_kind kind = catalogue_kind::badge;
  std::string id;
  std::string document;
  bool is_hidden = false; // Of a badge: it is a surprise, so it is not listed.
  /// Entries that it names: they have to be there.
  std::vector<std::pair<catalogue_kind, std::string>> needs{};

  friend bool operator==(const catalogue_entry&, const catalogue_entry&) = default;
};

/// Entries, or every fault with its RFC 6901 pointer: never both.
struct catalogue_outcome {
  std::vector<catalogue_entry> entries;
  std::vector<rules::rule_fault> faults;
};

/// Reads one entry's document.
catalogue_outcome read_catalogue_entry(catalogue_kind kind, std::string_view json);

/// Reads {"badges": [..], "series": [..], "categories": [..]}; an id may be there once a kind.
catalogue_outcome read_catalogue(std::string_view json);

/// The text for a reader: of the locale ("de-AT"), else its language ("de"), else "en".
std::string_view text_for(const std::vector<std::pair<std::string, std::string>>& texts,
                          std::string_view locale);

} // namespace laurel::state
