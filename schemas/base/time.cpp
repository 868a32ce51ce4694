#include "schemas/base/time.hpp"

#include "schemas/base/text.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

// date-time = YYYY "-" MM "-" DD "T" hh ":" mm ":" ss [ "." 1*DIGIT ] ( "Z" / ( "+" / "-" ) hh ":"
// mm ) "T" and "Z" may be lower case (RFC 3339, section 5.6).

namespace laurel::schemas {

namespace {

constexpr std::int64_t ms_per_second = 1'000;
constexpr std::int64_t ms_per_minute = 60 * ms_per_second;
constexpr std::int64_t ms_per_day = 24 * 60 * ms_per_minute;
constexpr std::size_t shortest_text = sizeof "2026-01-05T08:15:00Z" - 1;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Reads `count` digits at `at`; negative if one of them is none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i]))
      return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

tl::unexpected<error> refuse(std::string_view text, const char* why) {
  return failure(errc::bad_input, quoted(text) + " is no RFC 3339 time: " + why);
}

/// Milliseconds of the fraction; moves `at` behind it. Nothing if a "." has no digit after it.
std::optional<int> fraction(std::string_view text, std::size_t& at) {
  if (text[at] != '.')
    return 0;
  const std::size_t begin = ++at;
  int value = 0;
  for (int scale = 100; at < text.size() && is_digit(text[at]); ++at, scale /= 10)
    value += scale * (text[at] - '0');
  if (at == begin)
    return std::nullopt;
  return value;
}

/// Minutes east of UTC; `text` is what follows the seconds.
std::optional<int> offset_minutes(std::string_view text) {
  if (text == "Z" || text == "z")
    return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
    return std::nullopt;
  const int hours = digits(text, 1, 2);
  const int minutes = digits(text, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
    return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

/// Leap seconds are inserted at the end of a UTC month and nowhere else.
bool begins_a_month(std::int64_t ms) {
  using namespace std::chrono;
  if (ms % ms_per_day != 0)
    return false;
  const sys_days day{days(ms / ms_per_day)};
  return year_month_day(day).day() == std::chrono::day(1);
}

char* put(char* out, unsigned value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10)
    out[i] = static_cast<char>('0' + value % 10);
  return out + width;
}

} // namespace

result<event_time> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  if (text.size() < shortest_text)
    return refuse(text, "it is too short");
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':'
      || text[16] != ':')
    return refuse(text, "it is not of the form YYYY-MM-DDThh:mm:ssZ");

  const int y = digits(text, 0, 4);
  const int mo = digits(text, 5, 2);
  const int d = digits(text, 8, 2);
  const int h = digits(text, 11, 2);
  const int mi = digits(text, 14, 2);
  const int s = digits(text, 17, 2);
  if ((y | mo | d | h | mi | s) < 0)
    return refuse(text, "it is not of the form YYYY-MM-DDThh:mm:ssZ");
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (!date.ok())
    return refuse(text, "there is no such day");
  if (h > 23 || mi > 59 || s > 60)
    return refuse(text, "there is no such time of day");

  std::size_t at = 19;
  const auto millis = fraction(text, at);
  if (!millis)
    return refuse(text, "its fraction has no digits");
  const auto east = offset_minutes(text.substr(at));
  if (!east)
    return refuse(text, "it must end in Z or an offset such as +08:00");

  const std::int64_t days_since_epoch = sys_days(date).time_since_epoch().count();
  const std::int64_t whole =
    days_since_epoch * ms_per_day + (h * 60 + mi - *east) * ms_per_minute + s * ms_per_second;
  if (s == 60 && !begins_a_month(whole))
    return refuse(text, "there was no leap second then");
  const event_time moment{whole + *millis};
  if (moment < event_time_min || moment > event_time_max)
    return refuse(text, "it lies outside the years 0001 to 9999 of UTC");
  return moment;
}

std::string to_rfc3339(event_time at) {
  using namespace std::chrono;
  const sys_time<milliseconds> moment{milliseconds(at.ms)};
  const sys_days day = floor<days>(moment);
  const year_month_day date{day};
  auto rest = static_cast<unsigned>((moment - day).count());

  char text[] = "0000-00-00T00:00:00.000Z";
  put(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put(text + 5, static_cast<unsigned>(date.month()), 2);
  put(text + 8, static_cast<unsigned>(date.day()), 2);
  put(text + 20, rest % 1'000, 3);
  rest /= 1'000;
  put(text + 17, rest % 60, 2);
  rest /= 60;
  put(text + 14, rest % 60, 2);
  put(text + 11, rest / 60, 2);
  return {text, sizeof text - 1};
}

} // namespace laurel::schemas
