#include "tests/state/reference.hpp"

#include "tests/state/reference_language.hpp"

#include <date/date.h>

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

namespace laurel::tests {

namespace {

// Whole numbers and hundredths of small size: exact enough to compare. Nothing: no value.
using number = std::optional<long double>;

// -- one instance at one moment --------------------------------------------------------------

class instance_at {
public:
  instance_at(const rule_text& rule, const std::vector<told>& all, std::vector<told> mine,
              std::int64_t now, std::int64_t today)
      : rule_(rule), all_(all), mine_(std::move(mine)), now_(now), today_(today) {}

  bool holds(const json& c) const {
    const std::string op = c.begin().key();
    const json& args = c.begin().value();
    const auto holds_this = [this](const json& one) { return holds(one); };
    if (op == "and")
      return std::all_of(args.begin(), args.end(), holds_this);
    if (op == "or")
      return std::any_of(args.begin(), args.end(), holds_this);
    if (op == "at_least")
      return std::count_if(args[1].begin(), args[1].end(), holds_this) >= args[0].get<int>();
    if (op == "not")
      return !holds(args);
    const auto a = value(args[0]);
    const auto b = value(args[1]);
    if (!a || !b)
      return false;
    return op == "ge"   ? a >= b
           : op == "gt" ? a > b
           : op == "le" ? a <= b
           : op == "lt" ? a < b
                        : a == b;
  }

private:
  /// The cents that are left of an event now; nothing if it is gone.
  std::optional<std::int64_t> remaining(const told& event, bool& is_there) const {
    std::vector<std::tuple<std::int64_t, std::string, const told*>> retractions;
    for (const auto& one : all_) {
      const auto from = std::max(one.at, event.at);
      if (one.retracts == event.id && one.id != event.id && from <= now_)
        retractions.emplace_back(from, one.id, &one);
    }
    std::sort(retractions.begin(), retractions.end());
    is_there = true;
    auto left = event.cents;
    for (const auto& [from, id, one] : retractions) {
      if (!one->cents) {
        is_there = false;
      } else if (left && one->currency == event.currency) {
        *left -= std::min(*left, *one->cents);
        is_there = is_there && *left > 0;
      }
    }
    return left;
  }

  number value(const json& n) const {
    if (n.is_number())
      return n.get<long double>();
    const std::string op = n.begin().key();
    const json& args = n.begin().value();
    if (op == "+" || op == "-") {
      const auto a = value(args[0]);
      const auto b = value(args[1]);
      if (!a || !b)
        return std::nullopt;
      return op == "+" ? *a + *b : *a - *b;
    }
    return op == "streak" ? streak(args) : aggregate(args);
  }

  bool passes(const json& spec, const told& event) const {
    if (spec.contains("on")
        && std::find(spec["on"].begin(), spec["on"].end(), event.type) == spec["on"].end())
      return false;
    return !spec.contains("where") || evaluate(spec["where"], rule_, event) == json(true);
  }

  bool in_window(const json& spec, const told& event) const {
    if (!spec.contains("win"))
      return true;
    const auto& win = spec["win"];
    if (win.contains("from") && event.at < ms(win["from"]))
      return false;
    if (win.contains("to") && event.at >= ms(win["to"]))
      return false;
    if (win.contains("since"))
      return is_since(win["since"], event.at);
    if (!win.contains("last") && !win.contains("cal"))
      return true;
    if (win.contains("last")) { // The generator writes hours only: PT<n>H
      const std::string text = win["last"];
      return event.at > now_ - std::stoll(text.substr(2)) * 3'600'000;
    }
    const auto day = rule_.day_of(event.at, rule_.zone_of(event));
    return period(day, win["cal"]) == period(today_, win["cal"]);
  }

  bool is_since(const json& since, std::int64_t at) const {
    std::optional<std::int64_t> anchor;
    for (const auto& event : mine_) {
      bool is_there = false;
      remaining(event, is_there);
      const json spec{{"on", {since["event"]}}, {"where", since.value("where", json(true))}};
      if (is_there && passes(spec, event))
        anchor = std::max(anchor.value_or(event.at), event.at);
    }
    const auto hours = std::stoll(since.value("for", std::string("PT0H")).substr(2));
    return anchor && at > *anchor && (hours == 0 || at <= *anchor + hours * 3'600'000);
  }

  static std::int64_t period(std::int64_t day, const std::string& unit) {
    if (unit == "day")
      return day;
    const date::year_month_day date{date::sys_days{date::days{day}}};
    if (unit == "month")
      return static_cast<int>(date.year()) * 100 + static_cast<int>(unsigned{date.month()});
    auto monday = day; // A week, by its Monday.
    while (date::weekday{date::sys_days{date::days{monday}}} != date::Monday)
      --monday;
    return monday;
  }

  number aggregate(const json& spec) const {
    const std::string f = spec["f"];
    std::vector<std::pair<const told*, long double>> numbers;
    long double count = 0;
    std::set<std::string> members;
    for (const auto& event : mine_) {
      bool is_there = false;
      const auto left = remaining(event, is_there);
      if (!is_there || !passes(spec, event) || !in_window(spec, event))
        continue;
      if (spec.contains("currency") && !(event.cents && event.currency == spec["currency"]))
        continue;
      count += 1;
      if (f == "count")
        continue;
      if (f != "distinct" && spec["of"]["var"] == "event.amount") {
        numbers.emplace_back(&event, static_cast<long double>(*left) / 100);
      } else if (f != "distinct") {
        const auto what = evaluate(spec["of"], rule_, event);
        if (what.is_number())
          numbers.emplace_back(&event, what.get<long double>());
      } else if (spec["of"]["var"] == "local.date") {
        members.insert(evaluate(spec["of"], rule_, event).dump());
      } else {
        for (const auto& what : values_at(event, spec["of"]["var"].get<std::string>().substr(6)))
          members.insert(std::visit([](const auto& v) { return json(v).dump(); }, what));
      }
    }
    if (f == "count")
      return count;
    if (f == "distinct")
      return static_cast<long double>(members.size());
    return of_numbers(f, numbers);
  }

  static number of_numbers(const std::string& f,
                           std::vector<std::pair<const told*, long double>> numbers) {
    long double sum = 0;
    for (const auto& [event, one] : numbers)
      sum += one;
    if (f == "sum")
      return sum;
    if (numbers.empty())
      return std::nullopt;
    if (f == "avg")
      return sum / static_cast<long double>(numbers.size());
    const bool by_size = f == "min" || f == "max";
    std::sort(numbers.begin(), numbers.end(), [&](const auto& a, const auto& b) {
      return by_size ? a.second < b.second
                     : std::tie(a.first->at, a.first->id) < std::tie(b.first->at, b.first->id);
    });
    return f == "min" || f == "first" ? numbers.front().second : numbers.back().second;
  }

  number streak(const json& spec) const {
    std::set<std::int64_t> days;
    for (const auto& event : mine_) {
      bool is_there = false;
      remaining(event, is_there);
      if (is_there && passes(spec, event))
        days.insert(rule_.day_of(event.at, rule_.zone_of(event)));
    }
    if (days.empty() || *days.rbegin() < today_ - 1)
      return 0;
    long double length = 0;
    for (auto day = *days.rbegin(); days.count(day) > 0; --day)
      ++length;
    return length;
  }

  const rule_text& rule_;
  const std::vector<told>& all_;
  std::vector<told> mine_; // Events of this key up to now.
  std::int64_t now_;
  std::int64_t today_;
};

struct holding {
  std::vector<std::string> key;
  int n = 0;
  std::int64_t from = 0;
  std::string cause;
  std::optional<std::int64_t> until;
  std::string until_cause;
};

void collect_windows(const json& part, std::set<std::int64_t>& hours, bool& days) {
  if (part.is_object()) {
    if (part.contains("win") && part["win"].contains("last"))
      hours.insert(std::stoll(part["win"]["last"].get<std::string>().substr(2)));
    days = days || part.contains("streak") || (part.contains("win") && part["win"].contains("cal"));
  }
  if (part.is_structured()) {
    for (const auto& inner : part)
      collect_windows(inner, hours, days);
  }
}

/// The life of one key: what it held, in order.
std::vector<holding> life_of(const rule_text& rule, const std::vector<std::string>& key,
                             const std::vector<told>& all, std::optional<std::int64_t> until) {
  std::vector<told> mine;
  for (const auto& event : all) {
    const auto keys = keys_of(rule, event);
    if (rule.reads(event.type) && std::find(keys.begin(), keys.end(), key) != keys.end())
      mine.push_back(event);
  }
  std::map<std::int64_t, const told*> steps; // Time to cause.
  const auto add_step = [&](std::int64_t at, const told* cause) {
    auto& now = steps[at];
    if (cause != nullptr && (now == nullptr || now->id < cause->id))
      now = cause;
  };
  for (const auto& event : mine) {
    add_step(event.at, &event);
    for (const auto& one : all) {
      if (one.retracts == event.id && one.id != event.id)
        add_step(std::max(one.at, event.at), one.at >= event.at ? &one : nullptr);
    }
  }
  const auto last = std::max(steps.rbegin()->first, until.value_or(steps.rbegin()->first));
  std::set<std::int64_t> hours;
  bool days = false;
  collect_windows(rule.document["when"], hours, days);
  std::set<std::int64_t> moments;
  std::set<std::string> zones;
  for (const auto& [at, cause] : steps) {
    moments.insert(at);
    zones.insert(rule.zone_of(*cause));
  }
  for (const auto& event : mine) {
    for (const auto hour : hours)
      moments.insert(event.at + hour * 3'600'000);
  }
  for (const auto& zone : zones) {
    for (auto day = floor_days(steps.begin()->first); days && day <= floor_days(last) + 1; ++day)
      moments.insert(day_begin(day, zone, rule.day_start));
  }
  std::vector<holding> out;
  const told* latest = nullptr;
  for (const auto now : moments) {
    if (now < steps.begin()->first || now > last)
      continue;
    const auto step = steps.find(now);
    if (step != steps.end())
      latest = step->second;
    std::vector<told> so_far;
    std::copy_if(mine.begin(), mine.end(), std::back_inserter(so_far),
                 [&](const told& event) { return event.at <= now; });
    const auto today = rule.day_of(now, rule.zone_of(*latest));
    const bool holds = instance_at(rule, all, so_far, now, today).holds(rule.document["when"]);
    const bool held = !out.empty() && !out.back().until;
    const std::string cause = step != steps.end() ? latest->id : "window_end";
    if (holds && !held && (rule.maintained || out.empty())) {
      out.push_back({key, static_cast<int>(out.size()) + 1, now, cause, std::nullopt, ""});
    } else if (!holds && held && rule.maintained) {
      out.back().until = now;
      out.back().until_cause = cause;
    }
  }
  return out;
}

} // namespace

std::vector<std::string> reference_lines(const std::vector<std::string>& documents,
                                         const std::vector<told>& events,
                                         std::optional<std::int64_t> until) {
  std::vector<std::string> lines;
  for (const auto& document : documents) {
    const rule_text rule(document);
    std::set<std::vector<std::string>> keys;
    for (const auto& event : events) {
      if (rule.reads(event.type)) {
        for (const auto& key : keys_of(rule, event))
          keys.insert(key);
      }
    }
    std::vector<holding> all;
    for (const auto& key : keys) {
      const auto life = life_of(rule, key, events, until);
      all.insert(all.end(), life.begin(), life.end());
    }
    std::sort(all.begin(), all.end(), [](const holding& a, const holding& b) {
      return std::tie(a.from, a.key, a.n) < std::tie(b.from, b.key, b.n);
    });
    const auto& policy = rule.document.value("policy", json::object());
    const auto limit = policy.value("max_per_user", std::size_t{0});
    if (limit > 0 && all.size() > limit)
      all.resize(limit);
    for (const auto& one : all) {
      std::string line = rule.id + " " + rule.document["badge"].get<std::string>() + " [";
      for (const auto& part : one.key)
        line += part + ",";
      line += "] " + std::to_string(one.n) + " " + std::to_string(one.from) + " " + one.cause;
      if (one.until)
        line += " until " + std::to_string(*one.until) + " " + one.until_cause;
      lines.push_back(line);
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

} // namespace laurel::tests
