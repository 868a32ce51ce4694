#include "topology/pipeline_operations.hpp"

#include "schemas/partitioner.hpp"

#include <map>
#include <utility>

namespace laurel::topology {

namespace {

std::map<std::string, schemas::input> by_topic(const pipeline_operations::topics& inputs) {
  std::map<std::string, schemas::input> found;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    found.emplace(inputs[i], static_cast<schemas::input>(i));
  return found;
}

tl::unexpected<schemas::error> only_running(std::string_view what) {
  return schemas::failure(schemas::errc::refused,
                          std::string{what}
                            + " are a matter of the process that runs them: name "
                              "its directory with --embedded or --state");
}

} // namespace

// -- with a running engine ----------------------------------------

pipeline_operations::pipeline_operations(const engine& running, log_bundle& log,
                                         const topics& inputs)
    : engine_(running),
      partition_count_(log.partition_count()),
      letters_(log.letters(), log.partition_count(), by_topic(inputs)) {}

schemas::result<std::vector<std::int32_t>>
pipeline_operations::order_tasks(const std::vector<std::int32_t>& partitions,
                                 actors::task_order what, const std::string& reason) {
  return engine_.order(partitions, what, reason);
}

schemas::result<api::letter_page> pipeline_operations::letters(const api::letter_filter& which) {
  return letters_.list(which);
}

schemas::result<api::settle_outcome>
pipeline_operations::settle_letters(const api::letter_filter& which, api::settlement how,
                                    bool is_rehearsal) {
  return letters_.settle(which, how, is_rehearsal);
}

schemas::result<std::vector<api::parked_user>> pipeline_operations::parked_users() {
  std::vector<api::parked_user> users;
  for (const auto& task : engine_.tasks())
    for (const auto& user : task.parked)
      users.push_back(
        {task.partition, user.user_id, user.reason, user.since_ms, user.records, user.bytes});
  return users;
}

schemas::result<std::uint64_t> pipeline_operations::unpark(const std::string& user_id) {
  return engine_.unpark(schemas::partition_of(user_id, partition_count_), user_id);
}

// -- without ----------------------------------------

offline_operations::offline_operations(log_bundle& log, const pipeline_operations::topics& inputs)
    : letters_(log.letters(), log.partition_count(), by_topic(inputs)) {}

schemas::result<std::vector<std::int32_t>>
offline_operations::order_tasks(const std::vector<std::int32_t>&, actors::task_order,
                                const std::string&) {
  return only_running("tasks");
}

schemas::result<api::letter_page> offline_operations::letters(const api::letter_filter& which) {
  return letters_.list(which);
}

schemas::result<api::settle_outcome>
offline_operations::settle_letters(const api::letter_filter& which, api::settlement how,
                                   bool is_rehearsal) {
  return letters_.settle(which, how, is_rehearsal);
}

schemas::result<std::vector<api::parked_user>> offline_operations::parked_users() {
  return only_running("parked users");
}

schemas::result<std::uint64_t> offline_operations::unpark(const std::string&) {
  return only_running("parked users");
}

} // namespace laurel::topology
