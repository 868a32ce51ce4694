#include "topology/kafka/errors.hpp"

#include <doctest/doctest.h>

using namespace laurel::topology::kafka;
using laurel::schemas::errc;

namespace {

verdict verdict_on(rd_kafka_resp_err_t code) {
  const error_ptr error{rd_kafka_error_new(code, "because")};
  return verdict_of(error.get());
}

} // namespace

TEST_SUITE("kafka errors") {
  TEST_CASE("no error is done") {
    CHECK(verdict_of(nullptr) == verdict::done);
  }

  TEST_CASE("a call whose time is up is made again") {
    CHECK(verdict_on(RD_KAFKA_RESP_ERR__TIMED_OUT) == verdict::retriable);
    CHECK(verdict_on(RD_KAFKA_RESP_ERR__TRANSPORT) == verdict::retriable);
  }

  TEST_CASE("a fenced producer is destroyed") {
    CHECK(verdict_on(RD_KAFKA_RESP_ERR__FENCED) == verdict::fatal);
    CHECK(verdict_on(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH) == verdict::fatal);
    CHECK(verdict_on(RD_KAFKA_RESP_ERR_INVALID_TXN_STATE) == verdict::fatal);
  }

  TEST_CASE("a transaction that lost its partitions is aborted") {
    CHECK(verdict_on(RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION) == verdict::abortable);
    CHECK(verdict_on(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID) == verdict::abortable);
    CHECK(verdict_on(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) == verdict::abortable);
  }

  TEST_CASE("says who can cure what") {
    CHECK(code_of(RD_KAFKA_RESP_ERR__FENCED) == errc::fenced);
    CHECK(code_of(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) == errc::fenced);
    CHECK(code_of(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) == errc::refused);
    CHECK(code_of(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) == errc::refused);
    CHECK(code_of(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) == errc::not_found);
    CHECK(code_of(RD_KAFKA_RESP_ERR_NOT_COORDINATOR) == errc::transient);
  }

  TEST_CASE("a broker that is away does not end a feed") {
    CHECK_FALSE(ends_a_feed(RD_KAFKA_RESP_ERR__TRANSPORT));
    CHECK_FALSE(ends_a_feed(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN));
    CHECK_FALSE(ends_a_feed(RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED));
    CHECK(ends_a_feed(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID));
    CHECK(ends_a_feed(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART));
  }

  TEST_CASE("names what was done, the library's words and the code") {
    const auto error = error_of("write to t [1]", RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);

    CHECK(error.message == "write to t [1]: Broker: Message size too large (MSG_SIZE_TOO_LARGE)");
  }
}
