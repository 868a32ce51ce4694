#include "actors/input_queue.hpp"

#include <doctest/doctest.h>

#include <list>

using namespace laurel;
using namespace laurel::actors;
using schemas::input;

namespace {

struct text_batch : input_batch {
  std::list<std::string> texts;
};

std::string checkin(const std::string& id, std::int64_t at_ms) {
  return R"({"event_id":")" + id + R"(","user_id":"ann","type":"checkin","occurred_at":)"
         + std::to_string(at_ms) + R"(,"attributes":{"place":"p-)" + id + R"("}})";
}

std::shared_ptr<const input_batch> batch_of(input from, std::vector<std::string> values,
                                            bool at_end = true) {
  auto batch = std::make_shared<text_batch>();
  batch->from = from;
  batch->at_end = at_end;
  for (auto& value : values) {
    const auto& kept = batch->texts.emplace_back(std::move(value));
    log_record record;
    record.offset = static_cast<std::int64_t>(batch->records.size());
    record.append_time_ms = 4'000'000'000'000;
    record.value = kept;
    record.has_value = true;
    batch->records.push_back(record);
    batch->bytes += kept.size();
  }
  return batch;
}

std::vector<std::string> drain(input_queue& queue) {
  std::vector<std::string> ids;
  while (auto taken = queue.pop())
    ids.emplace_back(taken->batch->events[taken->index].id);
  return ids;
}

/// Both inputs are at their end, as far as is known.
input_queue make_queue() {
  input_queue queue{input_queue::decoding{.partition_count = 1, .keep = {}}};
  queue.stop_waiting();
  return queue;
}

} // namespace

TEST_SUITE("input queue") {
  TEST_CASE("takes the input whose next event happened first") {
    auto queue = make_queue();
    queue.push(batch_of(input::engagement, {checkin("a", 10), checkin("b", 30)}));
    queue.push(batch_of(input::transaction, {checkin("c", 20), checkin("d", 40)}));

    CHECK(drain(queue) == std::vector<std::string>{"a", "c", "b", "d"});
    CHECK(queue.empty());
  }

  TEST_CASE("waits for an input that has more to come") {
    input_queue queue{input_queue::decoding{.partition_count = 1, .keep = {}}};
    queue.push(batch_of(input::engagement, {checkin("a", 20)}));
    CHECK_FALSE(queue.pop()); // Nothing is known of the other one yet.

    queue.push(batch_of(input::transaction, {checkin("b", 10)}, false));
    CHECK(drain(queue) == std::vector<std::string>{"b"});
    CHECK_FALSE(queue.empty());

    queue.push(batch_of(input::transaction, {}));
    CHECK(drain(queue) == std::vector<std::string>{"a"});
  }

  TEST_CASE("waits no longer when it is told so") {
    input_queue queue{input_queue::decoding{.partition_count = 1, .keep = {}}};
    queue.push(batch_of(input::engagement, {checkin("a", 20)}));

    queue.stop_waiting();

    CHECK(drain(queue) == std::vector<std::string>{"a"});
  }

  TEST_CASE("keeps the order of one input, whatever its times say") {
    auto queue = make_queue();
    queue.push(batch_of(input::engagement, {checkin("late", 90), checkin("early", 5)}));
    queue.push(batch_of(input::engagement, {checkin("next", 7)}));

    CHECK(drain(queue) == std::vector<std::string>{"late", "early", "next"});
  }

  TEST_CASE("a record that is no event goes at once and says why") {
    auto queue = make_queue();
    queue.push(batch_of(input::engagement, {checkin("a", 10)}));
    queue.push(batch_of(input::transaction, {"{"}));

    const auto first = queue.pop();

    REQUIRE(first);
    CHECK(first->batch->raw->from == input::transaction);
    CHECK(first->batch->events[first->index].id.empty());
    REQUIRE(first->batch->faults.size() == 1);
    CHECK(first->batch->faults[0].second.class_name() == "undecodable");
  }

  TEST_CASE("gives a batch back when its last record was taken, once") {
    auto queue = make_queue();
    const auto batch = batch_of(input::engagement, {checkin("a", 1), checkin("b", 2)});
    queue.push(batch);

    queue.pop();
    CHECK(queue.take_finished().empty());
    queue.pop();
    CHECK(queue.take_finished() == std::vector<std::shared_ptr<const input_batch>>{batch});
    CHECK(queue.take_finished().empty());
  }

  TEST_CASE("gives an empty batch back, which only tells that the end was reached") {
    auto queue = make_queue();
    queue.push(batch_of(input::engagement, {}));

    CHECK_FALSE(queue.pop());
    CHECK(queue.take_finished().size() == 1);
  }

  TEST_CASE("clearing gives back everything that was not") {
    auto queue = make_queue();
    queue.push(batch_of(input::engagement, {checkin("a", 1), checkin("b", 2)}));
    queue.push(batch_of(input::engagement, {checkin("c", 3)}));
    queue.pop();

    CHECK(queue.clear().size() == 2);
    CHECK(queue.empty());
    CHECK_FALSE(queue.pop());
  }

  TEST_CASE("decodes what waits anew when other attributes are read") {
    auto queue = make_queue();
    queue.push(batch_of(input::engagement, {checkin("a", 1), checkin("b", 2)}));
    const auto first = queue.pop();
    CHECK(first->batch->events[first->index].fields.empty());
    schemas::projection places;
    places.add("place");

    queue.decode_for(places);
    const auto second = queue.pop();

    REQUIRE(second);
    const auto& event = second->batch->events[second->index];
    CHECK(event.id == "b");
    REQUIRE(event.fields.size() == 1);
    CHECK(std::get<std::string_view>(event.fields[0].what) == "p-b");
  }
}
