#pragma once

#include "schemas/base/result.hpp"
#include "state/erasure.hpp"
#include "state/explanation.hpp"
#include "state/meta.hpp"
#include "state/rules/rule_book.hpp"
#include "state/user_machine.hpp"
#include "state/user_store.hpp"

#include <memory>
#include <string>

namespace laurel::topology {

/// What the task of `store` has written about itself; nothing of it for a new store.
[[nodiscard]] schemas::result<state::task_meta> read_meta(const state::user_store& store);

/// What `user_id` has earned and is on the way to, from the committed rows in `store`: under the
/// rules of `book`, each from the start that the task has written into its `__meta`. `not_found` if
/// the user has no state. May block on a disk; any thread.
[[nodiscard]] schemas::result<state::user_view>
read_user(const std::string& user_id, const state::user_store& store,
          std::shared_ptr<const state::rules::rule_book> book, std::string_view erasure_secret);

/// The same with `meta` as read before, so that the answer is not older than it.
[[nodiscard]] schemas::result<state::user_view>
read_user(const std::string& user_id, const state::user_store& store, const state::task_meta& meta,
          std::shared_ptr<const state::rules::rule_book> book, std::string_view erasure_secret);

/// Why the user has a badge of a rule or not, when the task's clock stood as `meta` says. Errors as
/// `read_user`, and as `state::explain`.
[[nodiscard]] schemas::result<state::explanation>
explain_user(state::explain_request what, const state::user_store& store,
             const state::task_meta& meta, std::shared_ptr<const state::rules::rule_book> book);

} // namespace laurel::topology
