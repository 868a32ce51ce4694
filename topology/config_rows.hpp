#pragma once

#include "topology/config_table.hpp"
#include "topology/config_values.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Makers of rows, one for each kind of value. Included by config_table.cpp alone, which reads as a
/// table because of them. `member` is a function that gives the place of a value in the settings.
namespace laurel::topology::rows {

using schemas::errc;
using schemas::failure;
using schemas::result;

/// The names and the sentence of a row; `env` and `flag` follow from the key unless given.
struct names {
  std::string key;
  std::string help;
  std::string flag = {};
  std::string env = {};
};

inline std::string derived_env(std::string key) {
  std::ranges::transform(key, key.begin(), [](unsigned char c) {
    return c == '.' ? '_' : static_cast<char>(std::toupper(c));
  });
  return "BADGE_" + key;
}

inline std::string derived_flag(std::string key) {
  std::ranges::replace(key, '.', '-');
  std::ranges::replace(key, '_', '-');
  return "--" + key;
}

inline setting row(names called, std::string type) {
  setting made;
  made.env = called.env.empty() ? derived_env(called.key) : called.env;
  made.flag = called.flag.empty() ? derived_flag(called.key) : called.flag;
  made.key = std::move(called.key);
  made.type = std::move(type);
  made.help = std::move(called.help);
  return made;
}

/// Coarser clocks than milliseconds lose what they cannot hold; everything else converts as it is.
template <class To, class From>
To converted(From value) {
  if constexpr (std::is_same_v<From, std::chrono::milliseconds>)
    return std::chrono::duration_cast<To>(value);
  else
    return static_cast<To>(std::move(value));
}

/// A row whose values are read by `parse`, checked by `check`, and written by `print`. `member`
/// gives a reference to the place in the settings.
template <class Member, class Parse, class Check, class Print>
setting make(names called, std::string type, Member member, Parse parse, Check check, Print print) {
  auto made = row(std::move(called), std::move(type));
  made.assign = [member, parse, check](settings& into, std::string_view text) -> result<void> {
    auto value = parse(text);
    if (!value)
      return tl::unexpected(value.error());
    if (auto fault = check(*value); !fault.empty())
      return failure(errc::bad_setting, std::move(fault));
    using place = std::remove_reference_t<decltype(member(into))>;
    member(into) = converted<place>(std::move(*value));
    return {};
  };
  made.text = [member, print](const settings& from) {
    return print(member(const_cast<settings&>(from))); // Read only; one accessor serves both.
  };
  return made;
}

constexpr auto anything = [](const auto&) { return std::string{}; };

template <class Member, class Check = decltype(anything)>
setting text(names called, Member member, Check check = anything) {
  return make(
    std::move(called), "text", member,
    [](std::string_view in) -> result<std::string> { return std::string(in); }, check,
    [](const auto& value) -> std::string { return value; });
}

/// Every user of a machine can read the flags of a process, so a secret has none.
template <class Member, class Check = decltype(anything)>
setting secret(names called, Member member, Check check = anything) {
  auto made = text(std::move(called), member, check);
  made.is_secret = true;
  made.flag.clear();
  return made;
}

template <class Member>
setting name(names called, Member member) {
  return make(
    std::move(called), "name", member,
    [](std::string_view in) -> result<std::string> { return std::string(in); },
    [](const std::string& value) {
      const bool is_legal = !value.empty() && value.size() <= 249 && value != "." && value != ".."
                            && std::ranges::all_of(value, [](unsigned char c) {
                                 return std::isalnum(c) || c == '.' || c == '_' || c == '-';
                               });
      return is_legal ? std::string{} : "must be 1 to 249 of A-Z a-z 0-9 . _ -";
    },
    [](const std::string& value) { return value; });
}

template <class Member>
setting integer(names called, Member member, std::int64_t low, std::int64_t high) {
  const auto range = "must be from " + std::to_string(low) + " to " + std::to_string(high);
  return make(
    std::move(called), "integer", member, parse_integer,
    [=](std::int64_t value) { return value < low || value > high ? range : std::string{}; },
    [](auto value) { return std::to_string(value); });
}

template <class Member>
setting duration(names called, Member member, std::string_view low, std::string_view high) {
  const auto least = parse_duration(low).value();
  const auto most = parse_duration(high).value();
  const auto range = "must be from " + std::string(low) + " to " + std::string(high);
  return make(
    std::move(called), "duration", member, parse_duration,
    [=](std::chrono::milliseconds value) {
      return value < least || value > most ? range : std::string{};
    },
    [](auto value) {
      return duration_text(std::chrono::duration_cast<std::chrono::milliseconds>(value));
    });
}

template <class Member>
setting size(names called, Member member, std::string_view low, std::string_view high) {
  const auto least = parse_size(low).value();
  const auto most = parse_size(high).value();
  const auto range = "must be from " + std::string(low) + " to " + std::string(high);
  return make(
    std::move(called), "size", member, parse_size,
    [=](std::size_t value) { return value < least || value > most ? range : std::string{}; },
    size_text);
}

template <class Member>
setting boolean(names called, Member member) {
  return make(std::move(called), "boolean", member, parse_boolean, anything,
              [](bool value) -> std::string { return value ? "true" : "false"; });
}

/// One of a few words, each with its value.
template <class Value, class Member>
setting choice(names called, Member member, std::vector<std::pair<std::string, Value>> words) {
  std::string type;
  for (const auto& [word, value] : words)
    type += (type.empty() ? "" : " | ") + word;
  return make(
    std::move(called), type, member,
    [words, type](std::string_view in) -> result<Value> {
      for (const auto& [word, value] : words)
        if (word == in)
          return value;
      return failure(errc::bad_setting, "must be one of " + type);
    },
    anything,
    [words](const Value& current) {
      for (const auto& [word, value] : words)
        if (value == current)
          return word;
      return std::string{};
    });
}

template <class Member>
setting word(names called, Member member, const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& each : words)
    pairs.emplace_back(each, each);
  return choice<std::string>(std::move(called), member, std::move(pairs));
}

/// Milliseconds that another struct holds as a plain number.
template <class Member>
setting horizon(names called, Member member) {
  return make(
    std::move(called), "duration", member,
    [](std::string_view in) {
      return parse_duration(in).map([](std::chrono::milliseconds value) { return value.count(); });
    },
    [](std::int64_t value) {
      return value < 60'000 ? std::string("must be at least 1m") : std::string{};
    },
    [](std::int64_t value) { return duration_text(std::chrono::milliseconds(value)); });
}

} // namespace laurel::topology::rows
