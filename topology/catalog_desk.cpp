#include "topology/catalog_desk.hpp"

#include "topology/rule_trials.hpp"

namespace laurel::topology {

using schemas::result;

result<api::publish_outcome> catalog_desk::publish(const std::string& document,
                                                   api::rule_stage as) {
  return ready_().and_then([&] { return catalog_.publish(document, as); });
}

result<api::publish_outcome> catalog_desk::activate(const std::string& id,
                                                    const std::string& version) {
  return ready_().and_then([&] { return catalog_.activate(id, version); });
}

result<api::publish_outcome> catalog_desk::roll_back(const std::string& id) {
  return ready_().and_then([&] { return catalog_.roll_back(id); });
}

result<void> catalog_desk::end_trial(const std::string& id) {
  return ready_().and_then([&] { return catalog_.end_trial(id); });
}

result<std::vector<api::rule_version>> catalog_desk::versions(const std::string& id) {
  return ready_().and_then([&] { return catalog_.versions(id); });
}

result<api::rule_trial> catalog_desk::trial(const std::string& id) {
  const auto head = ready_().and_then([&] { return catalog_.head(id); });
  if (!head)
    return tl::unexpected(head.error());
  if (head->shadow.empty())
    return schemas::failure(schemas::errc::not_found, "no version of \"" + id + "\" is tried");
  trial_fold fold({id, head->shadow, head->shadow_since_ms, {}});
  for (std::int32_t partition = 0; partition < partition_count_; ++partition) {
    const auto read = records_.visit(stream::trials, partition,
                                     [&](const stored_record& record) { fold.add(record); });
    if (!read)
      return tl::unexpected(read.error());
  }
  return fold.report();
}

} // namespace laurel::topology
