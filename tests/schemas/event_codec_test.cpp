#include "schemas/event_codec.hpp"

#include <doctest/doctest.h>

#include <memory_resource>
#include <string>
#include <vector>

using namespace laurel::schemas;

TEST_SUITE("event codec") {
  namespace {

  /// Decodes with a projection of `paths`; the arena lives as long as this.
  struct bench {
    explicit bench(std::vector<std::string> paths = {}) {
      for (const std::string& path : paths)
        keep.add(path);
    }

    decoded<event> decode(std::string_view bytes) {
      return decoder.decode(bytes, record, keep, arena);
    }

    /// "slot=value" for each field.
    std::string fields_of(std::string_view bytes) {
      const auto what = decode(bytes);
      REQUIRE_MESSAGE(what.has_value(), what.error().message);
      std::string text;
      for (const field& each : what->fields) {
        text += (text.empty() ? "" : " ") + std::to_string(each.slot) + "=";
        if (const auto* const number = std::get_if<decimal>(&each.what))
          text += number->text();
        else if (const auto* const string = std::get_if<std::string_view>(&each.what))
          text += "'" + std::string(*string) + "'";
        else if (const auto* const flag = std::get_if<bool>(&each.what))
          text += *flag ? "true" : "false";
        else
          text += "nothing";
      }
      return text;
    }

    event_decoder decoder;
    projection keep;
    record_context record;
    std::pmr::monotonic_buffer_resource arena;
  };

  /// A valid event with `more` fields.
  std::string with(std::string_view more) {
    return R"({"event_id":"e","user_id":"u","type":"t","occurred_at":1000)" + std::string(more)
           + "}";
  }

  std::string attributes(std::string_view members) {
    return with(R"(,"attributes":{)" + std::string(members) + "}");
  }

  /// An event in which objects and arrays are `depth` deep, itself included.
  std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
    std::string more = R"(,"x":)";
    for (std::size_t i = 1; i < depth; ++i)
      more += open;
    more += "1";
    for (std::size_t i = 1; i < depth; ++i)
      more += close;
    return with(more);
  }

  } // namespace

  TEST_CASE("keeps nothing of the bytes and nothing of the record before") {
    bench at({"name"});
    std::string bytes =
      R"({"event_id":"e1","user_id":"u1","type":"buy","occurred_at":5,"zone":"UTC",)"
      R"("retracts":"e0","amount":{"value":"1.5","currency":"EUR"},"name":"n"})";
    const auto first = at.decode(bytes);
    bytes.assign(bytes.size(), 'x');
    const auto second = at.decode(with(""));

    REQUIRE(first);
    CHECK(first->id == "e1");
    CHECK(first->user_id == "u1");
    CHECK(first->type == "buy");
    CHECK(first->at.ms == 5);
    CHECK(first->zone == "UTC");
    CHECK(first->retracts == "e0");
    CHECK(first->amount->minor == 150);
    CHECK(std::get<std::string_view>(first->fields[0].what) == "n");
    REQUIRE(second);
    CHECK(second->id == "e");
    CHECK(second->zone.empty());
    CHECK(second->retracts.empty());
    CHECK_FALSE(second->amount);
    CHECK(second->fields.empty());
  }

  TEST_CASE("reads a CloudEvent into the same event") {
    bench at({"store"});
    const auto what = at.decode(
      R"({"specversion":"1.0","id":"e1","source":"/s","subject":"u1","type":"buy","time":5,)"
      R"("data":{"zone":"UTC","retracts":"e0","store":7,)"
      R"("amount":{"value":"1.5","currency":"EUR"}}})");

    REQUIRE_MESSAGE(what.has_value(), what.error().message);
    CHECK(what->id == "e1");
    CHECK(what->user_id == "u1");
    CHECK(what->at.ms == 5);
    CHECK(what->zone == "UTC");
    CHECK(what->retracts == "e0");
    CHECK(what->amount->minor == 150);
    CHECK(std::get<decimal>(what->fields[0].what) == decimal::from_integer(7));
  }

  TEST_CASE("keeps the attributes that the projection names, wherever they stand") {
    bench at({"post.id", "tags", "value", "post.kind"});

    CHECK(at.fields_of(with(R"(,"value":-1,"post":{"id":5,"kind":"answer","x":1},"y":2)"))
          == "0=5 2=-1 3='answer'");
    CHECK(at.fields_of(attributes(R"("value":true,"post":{"id":"p"},"tags":["b","a"])"))
          == "0='p' 1='b' 1='a' 2=true");
    CHECK(at.fields_of(with(R"(,"value":1,"attributes":{"post":{"id":2}})")) == "0=2 2=1");
    CHECK(at.fields_of(attributes(R"("post":5,"tags":{"a":1},"value":{"post":{"id":1}})")) == "");
  }

  TEST_CASE("an array stands for its elements, along the whole path") {
    bench at({"items.tags.name"});

    CHECK(at.fields_of(attributes(R"("items":[{"tags":[{"name":"a"},{"name":["b","c"]}]},)"
                                  R"({"tags":{"name":"d"}},7,[[{"tags":[{"name":"e"}]}]]])"))
          == "0='a' 0='b' 0='c' 0='d' 0='e'");
  }

  TEST_CASE("null is as good as missing") {
    bench at({"a"});
    CHECK(at.fields_of(attributes(R"("a":null)")) == "");
    CHECK(at.fields_of(attributes(R"("a":[null,1,null])")) == "0=1");
  }

  TEST_CASE("many fields come by slot and then in document order") {
    bench at({"b", "a"});
    std::string as;
    std::string wanted;
    for (int i = 0; i < 100; ++i) {
      as += (i == 0 ? "" : ",") + std::to_string(i);
      wanted += " 1=" + std::to_string(i);
    }
    CHECK(at.fields_of(attributes(R"("a":[)" + as + R"(],"b":"first")")) == "0='first'" + wanted);
  }

  TEST_CASE("numbers are what was written") {
    bench at({"n"});
    const auto number = [&](const std::string& text) {
      return at.fields_of(with(",\"n\":" + text));
    };
    CHECK(number("0.1") == "0=0.1");
    CHECK(number("-12.50") == "0=-12.5");
    CHECK(number("18446744073709551615") == "0=18446744073709551615");
    CHECK(number("-9223372036854775808") == "0=-9223372036854775808");
    CHECK(number("1e21") == "0=1000000000000000000000");
    CHECK(number("48.85837009999999") == "0=48.8583701");
    CHECK(number("-0.0") == "0=0");
    CHECK(number("1.7e29") == "0=170000000000000000000000000000");
  }

  TEST_CASE("takes 256 KiB and refuses one byte more, unread") {
    bench at;
    const std::size_t most = event_limits{}.bytes_max;
    const std::string around = attributes(R"("a":"")");
    const auto sized = [&](std::size_t bytes) {
      return attributes(R"("a":")" + std::string(bytes - around.size(), 'x') + "\"");
    };

    CHECK(at.decode(sized(most)));
    const auto refused = at.decode(sized(most + 1));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == "oversized");
    CHECK(refused.error().class_name() == "oversized");
    CHECK(refused.error().message == "the event: has 262145 bytes, of 262144 at most");
    CHECK(at.decode(std::string(most + 1, '\xff')).error().code() == "oversized");
  }

  TEST_CASE("takes 32 levels and refuses one more") {
    bench at;
    for (const auto& [open, close] : {std::pair{"[", "]"}, {R"({"a":)", "}"}}) {
      CHECK(at.decode(nested(32, open, close)));
      const auto refused = at.decode(nested(33, open, close));
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code() == "too_deep");
      CHECK(refused.error().field.starts_with("/x/"));
    }
    CHECK(at.decode(nested(10'000, "[", "]")).error().code() == "too_deep");
    CHECK(at.decode(std::string(100'000, '[')).error().code() == "too_deep");
    CHECK(at.decode(with(R"(,"x":)" + std::string(32, '[') + std::string(32, ']'))).error().code()
          == "too_deep");
  }

  TEST_CASE("finds a duplicate in a large object too") {
    bench at;
    std::string members = R"("k0":0)";
    for (int i = 1; i < 5'000; ++i)
      members += ",\"k" + std::to_string(i) + "\":0";

    CHECK(at.decode(attributes(members)));
    const auto refused = at.decode(attributes(members + R"(,"k77":1)"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == "duplicate_key");
    CHECK(refused.error().field == "/attributes/k77");
    const auto inner = at.decode(attributes(R"("in":{)" + members + R"(,"k9":1})"));
    REQUIRE_FALSE(inner);
    CHECK(inner.error().field == "/attributes/in/k9");
    const auto outside = at.decode(with(R"(,"k4999":1,"attributes":{)" + members + "}"));
    REQUIRE_FALSE(outside);
    CHECK(outside.error().code() == "duplicate_key");
  }

  TEST_CASE("refuses bytes that are not UTF-8, wherever they stand") {
    bench at;
    for (const char* const bad :
         {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe7\x94"}) {
      CAPTURE(bad);
      const auto in_value = at.decode(attributes(std::string(R"("a":")") + bad + "\""));
      REQUIRE_FALSE(in_value);
      CHECK(in_value.error().code() == "bad_utf8");
      CHECK(in_value.error().field == "/attributes/a");
      CHECK(in_value.error().byte == 79);
      CHECK_FALSE(at.decode(attributes("\"" + std::string(bad) + "\":1")));
      CHECK_FALSE(at.decode(with("") + bad));
    }
  }

  TEST_CASE("refuses no value, white space, a byte order mark and a byte behind the end") {
    bench at;
    CHECK(at.decode("").error().code() == "empty");
    CHECK(at.decode({}).error().code() == "empty");
    CHECK(at.decode(" \n").error().code() == "empty");
    CHECK(at.decode("\xef\xbb\xbf" + with("")).error().code() == "bad_json");
    CHECK(at.decode(with("") + std::string(1, '\0')).error().code() == "bad_json");
    CHECK(at.decode(" \r\n\t" + with(" ") + " \n"));
  }

  TEST_CASE("counts ids in bytes, from 1 to 256") {
    bench at;
    const auto user = [&](const std::string& id) {
      return at.decode(R"({"event_id":"e","user_id":")" + id + R"(","type":"t","occurred_at":1})");
    };
    CHECK(user(std::string(256, 'x')));
    CHECK(user(std::string(257, 'x')).error().message
          == "'/user_id' (byte 26): has 257 bytes, of 256 at most");
    std::string umlauts;
    for (int i = 0; i < 129; ++i)
      umlauts += "\u00e4";
    CHECK(user(umlauts).error().code() == "long_id");
    CHECK(user("").error().message == "'/user_id' (byte 26): must not be empty");
  }

  TEST_CASE("names the field, its place and what must change") {
    bench at;
    const auto message = [&](std::string_view bytes) { return at.decode(bytes).error().message; };

    CHECK(message(with(R"(,"zone":"Mars/")"))
          == "'/zone' (byte 67): 'Mars/' is no IANA time zone name, such as 'Asia/Shanghai'");
    CHECK(message(with(R"(,"amount":{"value":"1.005","currency":"EUR"})"))
          == "'/amount/value' (byte 78): '1.005' has more than the 2 decimal places of EUR");
    CHECK(message(attributes(R"("a/b":{"c~":[1,{"d":1,"d":2}]})"))
          == "'/attributes/a~1b/c~0/1/d' (byte 96): the name occurs twice in its object");
    CHECK(message(R"({"user_id":"u"})") == "'/event_id': is required");
    CHECK(message("[]") == "the event: must be a JSON object");
  }

} // TEST_SUITE
