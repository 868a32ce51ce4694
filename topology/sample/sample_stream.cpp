#include "topology/sample/sample_stream.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <utility>

namespace laurel::topology {

namespace {

using schemas::event_time;

constexpr std::int64_t newcomer_every_ms = 10'000;
constexpr std::int64_t newcomers_at_once = 48; // So each stays for eight minutes.
constexpr int newcomer_percent = 10;           // Their share of the events.
constexpr std::int64_t places = 40;
constexpr std::size_t favourites_each = 3;
constexpr int favourite_percent = 60;
constexpr int share_percent = 15;
constexpr int purchase_percent = 30;
constexpr int refund_percent = 35;
constexpr std::array<std::int64_t, 4> refund_delays{1'200, 2'400, 4'800, 9'600}; // In slots.
constexpr std::int64_t cents_min = 300;
constexpr std::int64_t cents_span = 3'700;
constexpr std::int64_t opening_ms = 8LL * 3'600'000; // Days in short: from 8 to 16 o'clock UTC,
constexpr std::int64_t opening_span_ms = opening_ms; // which is one local date in every zone below.
constexpr std::array<std::string_view, 5> zones{"Europe/Berlin", "Asia/Singapore",
                                                "America/New_York", "Africa/Nairobi", "UTC"};
constexpr std::array<std::string_view, 24> names{"ada",   "ben",  "chloe", "dara", "emil", "fatima",
                                                 "goran", "hana", "ivan",  "jun",  "kofi", "lena",
                                                 "mei",   "noor", "otto",  "pia",  "qi",   "rosa",
                                                 "sami",  "tara", "uma",   "vera", "wim",  "yara"};

/// What numbers are drawn for: each purpose has a sequence of its own.
enum class purpose : std::uint32_t { moment = 1, person, day };

std::string slot_id(std::int64_t slot) {
  return "sample-" + std::to_string(slot);
}

std::string amount_text(std::int64_t cents) {
  const auto rest = std::to_string(cents % 100);
  return std::to_string(cents / 100) + (rest.size() < 2 ? ".0" : ".") + rest;
}

/// Builds one event, a line of JSON. All texts are ours, so nothing needs escaping.
class line {
public:
  line(const std::string& id, std::string_view type, const std::string& user, std::string_view zone,
       event_time at)
      : text_(R"({"event_id":")" + id + R"(","user_id":")" + user + R"(","type":")"
              + std::string(type) + R"(","occurred_at":")" + to_rfc3339(at) + R"(","zone":")"
              + std::string(zone) + '"') {}

  line&& place(std::int64_t number) && {
    text_ += R"(,"attributes":{"place":{"id":"place-)" + std::to_string(number) + R"("}})";
    return std::move(*this);
  }
  line&& amount(std::int64_t cents) && {
    text_ += R"(,"amount":{"value":")" + amount_text(cents) + R"(","currency":"EUR"})";
    return std::move(*this);
  }
  line&& retracts(const std::string& id) && {
    text_ += R"(,"retracts":")" + id + '"';
    return std::move(*this);
  }
  std::string text() && { return std::move(text_) + "}"; }

private:
  std::string text_;
};

/// Short and readable: "ada-7" for a regular, "vera-2x1f9" for a newcomer.
std::string name_of(std::int64_t number) {
  std::array<char, 16> digits{};
  const auto count = static_cast<std::int64_t>(names.size());
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number / count, 36);
  return std::string(names[static_cast<std::size_t>(number % count)]) + "-"
         + std::string(digits.data(), end.ptr);
}

} // namespace

/// Numbers that follow from a seed, a purpose and a number, the same on every machine.
class sample_stream::dice {
public:
  dice(std::uint64_t seed, purpose what, std::int64_t first, std::int64_t second = 0) {
    const auto low = [](auto value) { return static_cast<std::uint32_t>(value); };
    const auto high = [](auto value) {
      return static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32U);
    };
    std::seed_seq mix{low(seed),   high(seed),  static_cast<std::uint32_t>(what),
                      low(first),  high(first), low(second),
                      high(second)};
    engine_.seed(mix);
  }

  /// From 0 to `sides` - 1. The bias of the modulo is of no matter here.
  std::int64_t roll(std::int64_t sides) {
    return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(sides));
  }
  bool chance(int percent) { return roll(100) < percent; }

private:
  std::mt19937_64 engine_;
};

sample_stream::person sample_stream::person_of(std::int64_t number) const {
  dice roll(seed_, purpose::person, number);
  person who;
  who.id = name_of(number);
  who.zone = zones[static_cast<std::size_t>(roll.roll(zones.size()))];
  for (std::size_t i = 0; i < favourites_each; ++i)
    who.favourites.push_back(roll.roll(places));
  // One in four never misses a day; the others do, now and then or often.
  who.days_percent = roll.chance(25) ? 100 : 50 + static_cast<int>(roll.roll(45));
  return who;
}

std::int64_t sample_stream::place_for(const person& who, dice& roll) const {
  if (roll.chance(favourite_percent))
    return who.favourites[static_cast<std::size_t>(roll.roll(favourites_each))];
  return roll.roll(places);
}

sample_stream::moment sample_stream::moment_of(std::int64_t slot) const {
  dice roll(seed_, purpose::moment, slot);
  auto number = roll.roll(regulars);
  if (roll.chance(newcomer_percent))
    number = regulars + slot * slot_ms / newcomer_every_ms - roll.roll(newcomers_at_once);
  moment now{.who = person_of(number),
             .what = act::check_in,
             .place = 0,
             .cents = cents_min + roll.roll(cents_span),
             .refunded_after = {}};
  now.place = place_for(now.who, roll);
  const auto kind = roll.roll(100);
  if (kind < purchase_percent)
    now.what = act::purchase;
  else if (kind < purchase_percent + share_percent)
    now.what = act::share;
  if (now.what == act::purchase && roll.chance(refund_percent))
    now.refunded_after = refund_delays[static_cast<std::size_t>(roll.roll(refund_delays.size()))];
  return now;
}

std::vector<std::string> sample_stream::slot(std::int64_t index) const {
  std::vector<std::string> lines;
  const event_time at{index * slot_ms};
  for (const auto delay : refund_delays) {
    const auto bought = moment_of(index - delay);
    if (bought.refunded_after == delay)
      lines.push_back(
        line(slot_id(index - delay) + "-refund", "refund", bought.who.id, bought.who.zone, at)
          .amount(bought.cents)
          .retracts(slot_id(index - delay))
          .text());
  }
  const auto now = moment_of(index);
  const auto type = now.what == act::purchase ? "purchase"
                    : now.what == act::share  ? "share"
                                              : "checkin";
  line made(slot_id(index), type, now.who.id, now.who.zone, at);
  lines.push_back(now.what == act::purchase ? std::move(made).amount(now.cents).text()
                                            : std::move(made).place(now.place).text());
  return lines;
}

std::vector<std::string> sample_stream::day(std::int64_t index) const {
  std::vector<std::pair<std::int64_t, std::string>> timed;
  for (std::int64_t number = 0; number < regulars; ++number) {
    dice roll(seed_, purpose::day, index, number);
    const auto who = person_of(number);
    if (!roll.chance(who.days_percent))
      continue;
    const auto visits = 1 + roll.roll(2);
    for (std::int64_t visit = 0; visit < visits; ++visit) {
      const auto at = index * day_ms + opening_ms + roll.roll(opening_span_ms);
      const auto id = "sample-day-" + std::to_string(index) + "-" + std::to_string(number) + "-"
                      + std::to_string(visit);
      timed.emplace_back(
        at, line(id, "checkin", who.id, who.zone, {at}).place(place_for(who, roll)).text());
    }
  }
  std::ranges::sort(timed);
  std::vector<std::string> lines;
  for (auto& [at, text] : timed)
    lines.push_back(std::move(text));
  return lines;
}

} // namespace laurel::topology
