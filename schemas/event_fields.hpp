#pragma once

#include <bit>
#include <cstddef>
#include <string_view>

/// The names that mean something in an event, and what single fields may hold. Part of the event
/// decoder; pure.
namespace laurel::schemas {

/// Fields with a meaning, of the native format and of CloudEvents ("type" is in both). In a
/// document of one format, those of the other are attributes or refused.
enum class known : unsigned char {
  event_id,
  user_id,
  type,
  occurred_at,
  zone,
  retracts,
  amount,
  attributes,
  specversion,
  id,
  source,
  subject,
  time,
  data,
  datacontenttype,
  dataschema,
  data_base64,
  none // A name without a meaning.
};
inline constexpr std::size_t known_count = static_cast<std::size_t>(known::none);

std::string_view name_of(known field);

/// The field called `name`, or `known::none`.
known known_field(std::string_view name);

/// A set of known fields.
class known_set {
public:
  constexpr known_set() = default;
  template <class... Fields>
  static constexpr known_set of(Fields... fields) {
    known_set set;
    (set.add(fields), ...);
    return set;
  }

  constexpr bool has(known field) const { return (bits_ & bit(field)) != 0; }
  constexpr void add(known field) { bits_ |= bit(field); }

  constexpr bool empty() const { return bits_ == 0; }
  constexpr known_set common(known_set other) const {
    known_set both;
    both.bits_ = bits_ & other.bits_;
    return both;
  }
  /// Removes one; the set is not empty.
  known take_first() {
    const auto field = static_cast<known>(std::countr_zero(bits_));
    bits_ &= bits_ - 1;
    return field;
  }

private:
  static constexpr unsigned bit(known field) { return 1U << static_cast<unsigned>(field); }

  unsigned bits_ = 0;
};

/// part *2( "/" part ), part = ALPHA *( ALPHA / DIGIT / "_" / "+" / "-" ), 64 bytes at most.
/// Whether there is such a zone is for those to say who have the database.
bool is_plausible_zone(std::string_view text);

/// "application/json", "text/json", "application/...+json", with or without parameters.
bool is_json_media_type(std::string_view text);

/// Whether events of this type move money, so that the engagement topic may not carry them.
bool is_transaction_type(std::string_view event_type);

} // namespace laurel::schemas
