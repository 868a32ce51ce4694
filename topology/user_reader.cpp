#include "topology/user_reader.hpp"

#include <span>
#include <utility>

namespace laurel::topology {

namespace {

schemas::result<state::rules::active_rules>
rules_of(const state::user_store& store, std::shared_ptr<const state::rules::rule_book> book) {
  const auto bytes = store.meta();
  if (!bytes)
    return tl::unexpected{bytes.error()};
  state::task_meta meta;
  if (*bytes) {
    auto decoded = state::decode_meta(**bytes);
    if (!decoded)
      return tl::unexpected{decoded.error()};
    meta = std::move(*decoded);
  }
  state::rules::active_rules active;
  for (const auto& rule : book->rules()) {
    const auto entry = meta.rules.find(state::rules::id_of(*rule));
    active.effective_from.push_back(entry == meta.rules.end() ? meta.clock
                                                              : entry->second.effective_from);
  }
  active.book = std::move(book);
  return active;
}

} // namespace

schemas::result<state::user_view> read_user(const std::string& user_id,
                                            const state::user_store& store,
                                            std::shared_ptr<const state::rules::rule_book> book) {
  const auto rows = store.read(std::span{&user_id, 1});
  if (!rows)
    return tl::unexpected{rows.error()};
  if (rows->front().empty())
    return schemas::failure(schemas::errc::not_found, "user \"" + user_id + "\" has no state");
  const auto rules = rules_of(store, std::move(book));
  if (!rules)
    return tl::unexpected{rules.error()};
  return state::view_user(user_id, rows->front(), *rules);
}

} // namespace laurel::topology
