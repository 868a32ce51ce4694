#pragma once

#include "schemas/base/time.hpp"
#include "schemas/command.hpp"
#include "schemas/event.hpp"
#include "state/rules/rule_book.hpp"
#include "state/user_machine.hpp"

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace laurel::tests {

/// An attribute as a test writes it.
using told_value = std::variant<bool, std::int64_t, std::string>;

/// An event as a test tells it. Owns its text; `story` makes events of it.
struct told {
  std::string id{};
  std::string type{};
  std::int64_t at = 0;
  schemas::input from = schemas::input::engagement;
  std::string zone{};
  std::string retracts{};
  std::optional<std::int64_t> cents{}; // Of `currency`.
  std::string currency = "EUR";
  std::vector<std::pair<std::string, told_value>> attributes{}; // A path twice: an array.
  std::int64_t recorded_at = -1;                                // -1: as `at`.
  std::int64_t offset = -1;                                     // -1: in no log.
};

/// A check-in, and what takes an event back.
told checkin(const std::string& id, std::int64_t at);
told take_back(const std::string& id, std::int64_t at, const std::string& original);

/// Rules in force, from documents that must compile.
state::rules::active_rules rules_of(const std::vector<std::string>& documents);

/// The same, each counting from a time of its own.
state::rules::active_rules
rules_from(const std::vector<std::pair<std::string, std::int64_t>>& documents);

/// Events made of what was told, for the rules of one book. Owns everything they borrow.
class event_list {
public:
  event_list(const std::vector<told>& all, const state::rules::rule_book& book);

  const std::vector<const schemas::event*>& events() const { return pointers_; }

private:
  std::deque<told> told_;
  std::deque<std::vector<schemas::field>> fields_;
  std::deque<schemas::event> events_;
  std::vector<const schemas::event*> pointers_;
};

/// The fold of decisions by grant id. Fails the test at a revision that is out of order.
using folded = std::map<std::string, schemas::decision>;
void fold_into(folded& all, const std::vector<schemas::decision>& decisions);

/// "granted badge key n granted_at cause [revoked_at revoke_cause]", withdrawn grants left out;
/// sorted. What two ways of deciding must agree on.
std::vector<std::string> lines_of(const folded& all);

/// Milliseconds of an RFC 3339 time.
std::int64_t ms(const std::string& text);

/// Under which erased users are remembered.
inline const std::string erasure_secret(state::erasure_secret_bytes_min, 's');

/// One user's machine and what it has decided.
class story {
public:
  explicit story(state::rules::active_rules rules, std::string user = "ann")
      : rules_(std::move(rules)), machine_(std::move(user)) {}

  /// Applies `events` in one call; returns what became of them and was decided.
  state::evaluation tell(const std::vector<told>& events);
  state::evaluation advance(std::int64_t to);

  /// Has a command carried out; returns its outcome.
  state::command_outcome ask(schemas::command what);
  bool is_repeat(const schemas::command& what);

  /// Stores, forgets and loads the user.
  void reload();

  void change_rules(state::rules::active_rules rules) { rules_ = std::move(rules); }
  void set_horizon(std::int64_t ms) { horizon_.ms = {ms, ms}; }

  const folded& decided() const { return folded_; }
  std::vector<std::string> lines() const { return lines_of(folded_); }
  const std::map<std::string, std::string>& rows() const { return rows_; }
  const state::rules::active_rules& rules() const { return rules_; }
  std::size_t rows_written() const { return rows_written_; }
  std::vector<state::row> row_list() const; // Those of the user, without the timer.
  std::optional<std::int64_t> timer() const;

  /// Takes the machine's changes into `rows()`.
  void store();

private:
  state::rules::active_rules rules_;
  state::user_machine machine_;
  state::horizons horizon_;
  folded folded_;
  std::map<std::string, std::string> rows_; // As a store would hold them.
  std::size_t rows_written_ = 0;
  bool last_was_repeat_ = false;
};

} // namespace laurel::tests
