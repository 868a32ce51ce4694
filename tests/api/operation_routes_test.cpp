#include "api/operation_documents.hpp"
#include "api/operation_routes.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::api;

namespace {

class fake_desk final : public operations {
public:
  schemas::result<std::vector<std::int32_t>>
  order_tasks(const std::vector<std::int32_t>& partitions, actors::task_order what,
              const std::string& reason) override {
    asked = std::string{text_of(what)} + " " + std::to_string(partitions.size()) + " " + reason;
    return partitions;
  }
  schemas::result<letter_page> letters(const letter_filter& which) override {
    filter = which;
    dead_letter letter;
    letter.partition = 3;
    letter.offset = 17;
    letter.value = "\xff{";
    letter.state = "open";
    return letter_page{{letter}, 1};
  }
  schemas::result<settle_outcome> settle_letters(const letter_filter& which, settlement how,
                                                 bool is_rehearsal) override {
    filter = which;
    asked = how == settlement::redrive ? "redrive" : "discard";
    return settle_outcome{2, {{3, 17, "why"}}, is_rehearsal};
  }
  schemas::result<std::vector<parked_user>> parked_users() override {
    return std::vector<parked_user>{{1, "ann", "damaged", 1'000, 7, 700}};
  }
  schemas::result<std::uint64_t> unpark(const std::string& user_id) override {
    if (user_id != "ann")
      return schemas::failure(schemas::errc::refused, "is not parked");
    return 7;
  }

  std::string asked;
  letter_filter filter;
};

struct listener {
  fake_desk desk;
  router routes{operation_routes(desk)};

  response send(method verb, const std::string& target) {
    request what;
    what.verb = verb;
    REQUIRE(parse_target(target, what));
    return routes.handle(what);
  }
};

} // namespace

TEST_SUITE("operation routes") {
  TEST_CASE("tasks are given an order, some of them or all") {
    listener at;

    const auto some =
      at.send(method::post, "/api/v1/operations/tasks/pause?partitions=0,3&reason=x");
    CHECK(some.status == 200);
    CHECK(at.desk.asked == "pause 2 x");
    CHECK(parse_partitions(some.body).value() == std::vector<std::int32_t>{0, 3});
    CHECK(at.send(method::post, "/api/v1/operations/tasks/rebuild").status == 200);
    CHECK(at.desk.asked == "rebuild 0 ");
    CHECK(at.send(method::post, "/api/v1/operations/tasks/explode").status == 404);
    CHECK(at.send(method::post, "/api/v1/operations/tasks/pause?partitions=0,x").status == 422);
    CHECK(at.send(method::get, "/api/v1/operations/tasks/pause").status == 405);
  }

  TEST_CASE("a filter of letters reads what it writes") {
    letter_filter which;
    which.partition = 3;
    which.offset = 17;
    which.class_name = "undecodable";
    which.code = "bad_json";
    which.topic = "badge.engagement.events";
    which.key = "ann & bob";
    which.settled_too = true;
    which.limit = 7;

    const auto read = parse_letter_filter(query_of(which));

    REQUIRE(read);
    CHECK(query_of(*read) == query_of(which));
    CHECK(read->partition == 3);
    CHECK(read->settled_too);
    CHECK(!parse_letter_filter({{"partition", "-1"}}));
    CHECK(!parse_letter_filter({{"limit", "many"}}));
  }

  TEST_CASE("letters are listed, also with bytes that are no text") {
    listener at;

    const auto answer = at.send(method::get, "/api/v1/operations/letters?class=undecodable");

    CHECK(answer.status == 200);
    CHECK(at.desk.filter.class_name == "undecodable");
    const auto page = parse_letters(answer.body);
    REQUIRE(page);
    CHECK(page->letters.at(0).offset == 17);
    CHECK(page->letters.at(0).value.ends_with("{"));
  }

  TEST_CASE("letters are settled, or it is told what would be") {
    listener at;

    const auto done =
      parse_settled(at.send(method::post, "/api/v1/operations/letters/redrive?key=ann").body);
    REQUIRE(done);
    CHECK(at.desk.asked == "redrive");
    CHECK(at.desk.filter.key == "ann");
    CHECK(done->settled == 2);
    CHECK(done->left.at(0).why == "why");
    CHECK(!done->is_rehearsal);
    CHECK(
      parse_settled(at.send(method::post, "/api/v1/operations/letters/discard?rehearsal=true").body)
        ->is_rehearsal);
    CHECK(at.send(method::post, "/api/v1/operations/letters/burn").status == 404);
  }

  TEST_CASE("parked users are listed, and go on by name") {
    listener at;

    const auto users = parse_parked(at.send(method::get, "/api/v1/operations/parked").body);
    REQUIRE(users);
    CHECK(users->at(0).user_id == "ann");
    CHECK(users->at(0).records == 7);
    const auto unparked = at.send(method::post, "/api/v1/operations/parked/unpark?user=ann");
    CHECK(parse_records(unparked.body).value() == 7);
    CHECK(at.send(method::post, "/api/v1/operations/parked/unpark?user=bob").status >= 400);
    CHECK(at.send(method::post, "/api/v1/operations/parked/unpark").status == 400);
  }
}
