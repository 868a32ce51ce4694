#include "topology/store_users.hpp"

#include "schemas/partitioner.hpp"
#include "topology/user_reader.hpp"

#include <thread>

namespace laurel::topology {

namespace {

using schemas::errc;
using schemas::failure;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_again{5};

api::position position_of(std::int32_t partition, const state::task_meta& meta) {
  return {partition, meta.commit_number, meta.next_offset};
}

tl::unexpected<schemas::error> not_here(std::int32_t partition) {
  return failure(errc::transient, "partition " + std::to_string(partition)
                                    + " of this user is restoring, or another process has it; "
                                      "try again");
}

} // namespace

schemas::result<api::position> store_users::where(const std::string& user_id) {
  const auto partition = schemas::partition_of(user_id, log_.partition_count());
  const auto store = engine_.stores().of(partition);
  if (store == nullptr)
    return not_here(partition);
  return read_meta(*store).map(
    [&](const state::task_meta& meta) { return position_of(partition, meta); });
}

schemas::result<store_users::reached_store>
store_users::reach(const std::string& user_id, const std::optional<api::position>& at_least,
                   std::chrono::milliseconds patience) {
  const auto partition = schemas::partition_of(user_id, log_.partition_count());
  if (at_least && at_least->partition != partition)
    return failure(errc::bad_input, "the position is of another user's partition");
  const auto until = clock::now() + patience;
  for (;;) {
    auto store = engine_.stores().of(partition);
    if (store != nullptr) {
      // The position is read before the rows, so that they are never older than it says.
      auto meta = read_meta(*store);
      if (!meta)
        return tl::unexpected{meta.error()};
      const auto at = position_of(partition, *meta);
      if (!at_least || at.includes(*at_least))
        return reached_store{std::move(store), std::move(*meta), at};
    }
    if (!at_least && store == nullptr)
      return not_here(partition);
    if (clock::now() >= until)
      return store == nullptr
               ? schemas::result<reached_store>(not_here(partition))
               : failure(errc::transient, "this position has not been reached yet; try again");
    std::this_thread::sleep_for(look_again);
  }
}

std::shared_ptr<const state::rules::rule_book> store_users::book() const {
  std::shared_ptr<const state::rules::rule_book> found;
  engine_.with_catalog([&](const actors::catalog_view& catalog) { found = catalog.book(); });
  return found;
}

schemas::result<api::placed_user> store_users::read(const std::string& user_id,
                                                    const std::optional<api::position>& at_least,
                                                    std::chrono::milliseconds patience) {
  const auto from = reach(user_id, at_least, patience);
  if (!from)
    return tl::unexpected{from.error()};
  auto view = read_user(user_id, *from->store, from->meta, book(), erasure_secret_);
  if (view)
    return api::placed_user{from->at, std::move(*view)};
  if (view.error().code == errc::not_found)
    return api::placed_user{from->at, std::nullopt};
  return tl::unexpected{view.error()};
}

schemas::result<api::placed_explanation>
store_users::explain(state::explain_request what, const std::optional<api::position>& at_least,
                     std::chrono::milliseconds patience) {
  const auto from = reach(what.user_id, at_least, patience);
  if (!from)
    return tl::unexpected{from.error()};
  auto found = explain_user(std::move(what), *from->store, from->meta, book());
  if (!found)
    return tl::unexpected{found.error()};
  return api::placed_explanation{from->at, std::move(*found)};
}

} // namespace laurel::topology
