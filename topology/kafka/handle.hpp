#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

/// Owners for librdkafka's objects. Only the files of this folder include this one.
namespace laurel::topology::kafka {

template <auto Destroy>
struct destroy_with {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};

/// A consumer is closed by its owner, with a deadline, or not at all: destroying one must not wait
/// for a coordinator that may be gone.
struct destroy_client {
  void operator()(rd_kafka_t* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
};

using client_ptr = std::unique_ptr<rd_kafka_t, destroy_client>;
using conf_ptr = std::unique_ptr<rd_kafka_conf_t, destroy_with<rd_kafka_conf_destroy>>;
using topic_ptr = std::unique_ptr<rd_kafka_topic_t, destroy_with<rd_kafka_topic_destroy>>;
using message_ptr = std::unique_ptr<rd_kafka_message_t, destroy_with<rd_kafka_message_destroy>>;
using error_ptr = std::unique_ptr<rd_kafka_error_t, destroy_with<rd_kafka_error_destroy>>;
using headers_ptr = std::unique_ptr<rd_kafka_headers_t, destroy_with<rd_kafka_headers_destroy>>;
using queue_ptr = std::unique_ptr<rd_kafka_queue_t, destroy_with<rd_kafka_queue_destroy>>;
using event_ptr = std::unique_ptr<rd_kafka_event_t, destroy_with<rd_kafka_event_destroy>>;
using offsets_ptr = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                    destroy_with<rd_kafka_topic_partition_list_destroy>>;
using group_ptr = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                  destroy_with<rd_kafka_consumer_group_metadata_destroy>>;
struct destroy_metadata {
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
using metadata_ptr = std::unique_ptr<const rd_kafka_metadata_t, destroy_metadata>;

} // namespace laurel::topology::kafka
