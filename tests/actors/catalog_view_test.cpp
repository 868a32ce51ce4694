#include "actors/catalog_view.hpp"

#include <doctest/doctest.h>

using namespace laurel::actors;
namespace rules = laurel::state::rules;

namespace {

const std::string document =
  R"({"badge":"Regular","id":"regular","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},10]}})";

} // namespace

TEST_SUITE("catalog view") {
  TEST_CASE("a document is in force once a head names it") {
    catalog_view view;

    CHECK(view.apply({rule_document_key("regular", "v1"), document, 1}).empty());
    CHECK(view.book()->rules().empty());
    CHECK(view
            .apply({rule_head_key("regular"),
                    rule_head_value({"v1", catalog_view::rule_head::stage::active, {}}), 2})
            .empty());

    REQUIRE(view.book()->rules().size() == 1);
    CHECK(rules::id_of(*view.book()->rules().front()) == "regular");
    CHECK(view.next_position() == 2);
  }

  TEST_CASE("a retired rule is not in force and can still be read") {
    catalog_view view;
    view.apply({rule_document_key("regular", "v1"), document, 1});
    view.apply({rule_head_key("regular"),
                rule_head_value({"v1", catalog_view::rule_head::stage::retired, {}}), 2});

    CHECK(view.book()->rules().empty());
    CHECK(view.rule("regular", "v1") != nullptr);
  }

  TEST_CASE("a document that does not compile is named and leaves the others alone") {
    catalog_view view;
    view.apply({rule_document_key("regular", "v1"), document, 1});
    view.apply({rule_head_key("regular"),
                rule_head_value({"v1", catalog_view::rule_head::stage::active, {}}), 2});

    const auto why = view.apply({rule_document_key("bad", "v1"), "{\"id\":\"bad\"}", 3});
    view.apply({rule_head_key("bad"),
                rule_head_value({"v1", catalog_view::rule_head::stage::active, {}}), 4});

    CHECK(why.find("rule/bad/v1") != std::string::npos);
    CHECK(view.book()->rules().size() == 1);
  }

  TEST_CASE("a head that is no head is named") {
    catalog_view view;

    CHECK_FALSE(view.apply({rule_head_key("regular"), "{}", 1}).empty());
  }

  TEST_CASE("keeps quiet about kinds of records of later versions") {
    catalog_view view;

    CHECK(view.apply({"benefit/summer", "{}", 1}).empty());
  }

  TEST_CASE("badges, series and categories are known by kind and id, until they are deleted") {
    catalog_view view;
    const std::string badge = R"({"id":"Regular","names":{"en":"Regular"}})";

    CHECK(view.apply({"badge/Regular", badge, 1}).empty());
    CHECK(view.apply({"category/a/b", R"({"id":"a/b","names":{"en":"A"}})", 2}).empty());

    REQUIRE(view.entries().size() == 2);
    CHECK(view.entries().begin()->second.id == "Regular");
    CHECK(view.apply({"badge/Regular", std::nullopt, 3}).empty());
    CHECK(view.entries().size() == 1);
  }

  TEST_CASE("an entry that is not what its key says is left out and named") {
    catalog_view view;

    CHECK(view.apply({"badge/Regular", "{}", 1}).find("badge/Regular") == 0);
    CHECK_FALSE(view.apply({"badge/Other", R"({"id":"Regular","names":{"en":"R"}})", 2}).empty());
    CHECK(view.entries().empty());
  }
}
