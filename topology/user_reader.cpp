#include "topology/user_reader.hpp"

#include <span>
#include <utility>

namespace laurel::topology {

namespace {

state::rules::active_rules rules_of(const state::task_meta& meta,
                                    std::shared_ptr<const state::rules::rule_book> book) {
  state::rules::active_rules active;
  for (const auto& rule : book->rules()) {
    const auto entry = meta.rules.find(state::rules::id_of(*rule));
    active.effective_from.push_back(entry == meta.rules.end() ? meta.clock
                                                              : entry->second.effective_from);
  }
  active.book = std::move(book);
  return active;
}

tl::unexpected<schemas::error> no_state(const std::string& user_id) {
  return schemas::failure(schemas::errc::not_found, "user \"" + user_id + "\" has no state");
}

schemas::result<std::vector<state::row>> rows_of(const std::string& user_id,
                                                 const state::user_store& store) {
  auto rows = store.read(std::span{&user_id, 1});
  if (!rows)
    return tl::unexpected{rows.error()};
  if (rows->front().empty())
    return no_state(user_id);
  return std::move(rows->front());
}

} // namespace

schemas::result<state::task_meta> read_meta(const state::user_store& store) {
  const auto bytes = store.meta();
  if (!bytes)
    return tl::unexpected{bytes.error()};
  return *bytes ? state::decode_meta(**bytes) : schemas::result<state::task_meta>{};
}

schemas::result<state::user_view>
read_user(const std::string& user_id, const state::user_store& store, const state::task_meta& meta,
          std::shared_ptr<const state::rules::rule_book> book, std::string_view erasure_secret) {
  const auto rows = state::read_users(store, std::span{&user_id, 1}, erasure_secret);
  if (!rows)
    return tl::unexpected{rows.error()};
  if (rows->front().empty())
    return no_state(user_id);
  return state::view_user(user_id, rows->front(), rules_of(meta, std::move(book)));
}

schemas::result<state::user_view> read_user(const std::string& user_id,
                                            const state::user_store& store,
                                            std::shared_ptr<const state::rules::rule_book> book,
                                            std::string_view erasure_secret) {
  const auto meta = read_meta(store);
  if (!meta)
    return tl::unexpected{meta.error()};
  return read_user(user_id, store, *meta, std::move(book), erasure_secret);
}

schemas::result<state::explanation>
explain_user(state::explain_request what, const state::user_store& store,
             const state::task_meta& meta, std::shared_ptr<const state::rules::rule_book> book) {
  const auto rows = rows_of(what.user_id, store);
  if (!rows)
    return tl::unexpected{rows.error()};
  what.now = meta.clock;
  return state::explain(what, *rows, rules_of(meta, std::move(book)));
}

} // namespace laurel::topology
