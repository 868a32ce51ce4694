#include "api/client_address.hpp"

#include <doctest/doctest.h>

using namespace laurel::api;

namespace {

ip_address address(const char* text) {
  return boost::asio::ip::make_address(text);
}

std::vector<address_range> ranges(std::initializer_list<const char*> texts) {
  std::vector<address_range> made;
  for (const auto* text : texts)
    made.push_back(address_range::parse(text).value());
  return made;
}

} // namespace

TEST_SUITE("client address") {
  TEST_CASE("ranges hold what their bits say") {
    const auto range = address_range::parse("10.1.0.0/15").value();

    CHECK(range.contains(address("10.0.0.1")));
    CHECK(range.contains(address("::ffff:10.1.2.3")));
    CHECK_FALSE(range.contains(address("10.2.0.0")));
    CHECK_FALSE(range.contains(address("::1")));
    CHECK(address_range::parse("2001:db8::/33")->contains(address("2001:db8:7fff::1")));
    CHECK_FALSE(address_range::parse("2001:db8::/33")->contains(address("2001:db8:8000::")));
    CHECK(address_range::parse("::/0")->contains(address("fe80::1")));
    CHECK(address_range::parse("192.0.2.7")->contains(address("192.0.2.7")));
    for (const auto* bad : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "host", "::/129"})
      CHECK_MESSAGE(!address_range::parse(bad).has_value(), bad);
  }

  TEST_CASE("nobody is believed who is not trusted") {
    CHECK(client_of(address("192.0.2.1"), {"1.1.1.1"}, {}) == address("192.0.2.1"));
  }

  TEST_CASE("the right-most address that is not trusted is the client") {
    const auto trusted = ranges({"10.0.0.0/8"});
    const auto from = [&](std::vector<std::string_view> header) {
      return client_of(address("10.0.0.1"), header, trusted);
    };

    CHECK(from({"1.1.1.1, 2.2.2.2"}) == address("2.2.2.2"));
    CHECK(from({"1.1.1.1, 2.2.2.2, 10.0.0.2"}) == address("2.2.2.2"));
    CHECK(from({"1.1.1.1", "2.2.2.2", "10.0.0.2"}) == address("2.2.2.2"));
    CHECK(from({"10.0.0.3,10.0.0.2"}) == address("10.0.0.3"));
    CHECK(from({}) == address("10.0.0.1"));
  }

  TEST_CASE("what cannot be read ends the walk at the last good address") {
    const auto trusted = ranges({"10.0.0.0/8"});
    std::string many = "1.1.1.1";
    for (int i = 0; i < 20; ++i)
      many += ",10.0.0.2";

    CHECK(client_of(address("10.0.0.1"), {"1.1.1.1, rubbish"}, trusted) == address("10.0.0.1"));
    CHECK(client_of(address("10.0.0.1"), {"rubbish, 10.0.0.7"}, trusted) == address("10.0.0.7"));
    CHECK(client_of(address("10.0.0.1"), {many}, trusted) == address("10.0.0.2"));
    CHECK(client_of(address("10.0.0.1"), {std::string(600, ',')}, trusted) == address("10.0.0.1"));
  }

  TEST_CASE("limits know an IPv6 customer by the network, an IPv4 one by the address") {
    CHECK(limit_key(address("2001:db8::1")) == limit_key(address("2001:db8::ffff:2")));
    CHECK(limit_key(address("2001:db8::1")) != limit_key(address("2001:db8:0:1::1")));
    CHECK(limit_key(address("192.0.2.1")) != limit_key(address("192.0.2.2")));
    CHECK(limit_key(address("::ffff:192.0.2.1")) == limit_key(address("192.0.2.1")));
  }
}
