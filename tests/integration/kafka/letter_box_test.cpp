#include "schemas/dead_letter.hpp"
#include "topology/kafka/letter_box.hpp"

#include "tests/integration/kafka/harness.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::test;
using topology::stream;
using topology::kafka::topic_letters;

namespace {

topology::letter_settlement redrive_of(std::int64_t offset) {
  topology::letter_settlement what;
  what.partition = 1;
  what.key = "ann";
  what.note = {{"settles", std::to_string(offset)}, {"as", "redriven"}};
  what.again = {schemas::input::engagement,
                0,
                "{bad",
                {{std::string{schemas::redriven_header}, "topic/1/0/9/2"}}};
  return what;
}

std::vector<topology::stored_letter> letters_of(topic_letters& box) {
  std::vector<topology::stored_letter> found;
  REQUIRE(box.visit(1, [&](const auto& each) { found.push_back(each); }));
  return found;
}

} // namespace

TEST_SUITE("kafka letter box") {
  TEST_CASE("visits committed letters only, with key, value and headers") {
    const auto settings = fresh_settings(broker::shared(), 2);
    const auto& topic = settings.streams.name(stream::dlq);
    const raw_record letter{"ann", "{bad", {{"class", "undecodable"}, {"offset", "41"}}};
    write_transaction(settings.brokers, topic, 1, {letter}, true);
    write_transaction(settings.brokers, topic, 1, {letter, letter}, false);
    topic_letters box{settings, 2};

    const auto found = letters_of(box);

    REQUIRE(found.size() == 1);
    CHECK(found[0].partition == 1);
    CHECK(found[0].key == "ann");
    CHECK(found[0].value == "{bad");
    CHECK(found[0].headers == letter.headers);
  }

  TEST_CASE("settles in one transaction: the note and the record, or neither") {
    const auto settings = fresh_settings(broker::shared(), 2);
    topic_letters box{settings, 2};
    const auto what = redrive_of(0);

    REQUIRE(box.take_over());
    REQUIRE(box.settle(std::span{&what, 1}));

    CHECK(letters_of(box).back().headers == what.note);
    const auto sent = read_topic(settings.brokers, settings.streams.name(stream::engagement), 0);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].key == "ann");
    CHECK(sent[0].headers == what.again->headers);
  }

  TEST_CASE("of two who settle at the same time the one who came first is refused") {
    const auto settings = fresh_settings(broker::shared(), 2);
    topic_letters first{settings, 2};
    topic_letters second{settings, 2};
    const auto what = redrive_of(0);
    REQUIRE(first.take_over());
    REQUIRE(second.take_over());

    const auto refused = first.settle(std::span{&what, 1});

    REQUIRE(!refused);
    CHECK(refused.error().code == schemas::errc::fenced);
    CHECK(second.settle(std::span{&what, 1}));
    CHECK(read_topic(settings.brokers, settings.streams.name(stream::engagement), 0).size() == 1);
  }

  TEST_CASE("a record that was sent again tells its first origin to the pipeline") {
    const auto settings = fresh_settings(broker::shared(), 1);
    const auto& topic = settings.streams.name(stream::engagement);
    write_topic(settings.brokers, topic, 0,
                {{"ann", "{bad", {{std::string{schemas::redriven_header}, "topic/1/0/9/2"}}},
                 {"ann", "{bad", {}}});

    class taker final : public actors::feed_listener {
    public:
      explicit taker(actors::feed& from) : feed_(from) {}
      void on_assigned(std::span<const std::int32_t>) override { feed_.start(0, {0, 0}); }
      void on_revoked(std::span<const std::int32_t>, bool) override {}
      void on_feed_failed(const schemas::error&) override {}
      void on_records(std::shared_ptr<const actors::input_batch> batch) override {
        const std::lock_guard lock{mutex_};
        for (const auto& record : batch->records)
          seen_.emplace_back(record.redriven);
        changed_.notify_all();
      }
      std::vector<std::string> wait(std::size_t count) {
        std::unique_lock lock{mutex_};
        REQUIRE(
          changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return seen_.size() >= count; }));
        return seen_;
      }

    private:
      actors::feed& feed_;
      std::mutex mutex_;
      std::condition_variable changed_;
      std::vector<std::string> seen_;
    };
    const auto log = open_log(settings);
    taker listener{log->feed()};
    log->feed().run(listener);

    CHECK(listener.wait(2) == std::vector<std::string>{"topic/1/0/9/2", ""});
    log->feed().close();
  }
}
