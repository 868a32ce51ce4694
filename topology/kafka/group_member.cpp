#include "topology/kafka/group_member.hpp"

namespace laurel::topology::kafka {

schemas::result<std::shared_ptr<group_client>> group_client::open(const settings& from) {
  std::shared_ptr<group_client> made{new group_client};
  made->callbacks_ = std::make_unique<client_callbacks>();
  made->callbacks_->journal = from.journal;
  // Set by the feed; librdkafka has to know now that there will be one.
  made->callbacks_->rebalanced = [](rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t&) {};
  auto consumer = make_client(client_kind::consumer, feed_properties(from), *made->callbacks_);
  if (!consumer)
    return tl::unexpected{consumer.error()};
  made->consumer_ = std::move(*consumer);
  return made;
}

group_client::~group_client() {
  if (!abandoned_)
    return;
  (void) consumer_.release();
  (void) callbacks_.release();
}

} // namespace laurel::topology::kafka
