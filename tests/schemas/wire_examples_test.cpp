#include "schemas/command_codec.hpp"
#include "schemas/decision_codec.hpp"
#include "schemas/event_codec.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

using namespace laurel::schemas;

/// The golden examples, through the decoders. The schemas see them in wire_schema_test.py.
TEST_SUITE("wire examples") {
  namespace {

  struct bad_example {
    std::string fault;
    std::string text;
  };

  std::vector<std::string> lines_of(const std::string& name) {
    std::ifstream file(std::string(LAUREL_SOURCE_DIR) + "/schemas/wire/examples/" + name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
      if (!line.starts_with('#'))
        lines.push_back(line);
    REQUIRE_MESSAGE(!lines.empty(), name);
    return lines;
  }

  std::vector<bad_example> bad_examples(const std::string& name) {
    std::vector<bad_example> examples;
    for (const std::string& line : lines_of(name)) {
      const auto first = line.find('\t');
      const auto second = line.find('\t', first + 1);
      REQUIRE_MESSAGE(second != std::string::npos, line);
      examples.push_back({line.substr(0, first), line.substr(second + 1)});
    }
    return examples;
  }

  } // namespace

  TEST_CASE("every good event decodes, and routes to the topic of its kind") {
    event_decoder decoder;
    for (const std::string& line : lines_of("events.good.ndjson")) {
      CAPTURE(line);
      const auto routed = decoder.route(line);
      REQUIRE_MESSAGE(routed.has_value(), routed.error().message);
      const bool has_amount = line.find(R"("amount": {)") != std::string::npos;
      CHECK(routed->to == (has_amount ? input::transaction : input::engagement));
    }
  }

  TEST_CASE("every bad event is refused with the fault it has, in a sentence that names a place") {
    event_decoder decoder;
    for (const auto& [fault, text] : bad_examples("events.bad.tsv")) {
      CAPTURE(text);
      const auto routed = decoder.route(text);
      REQUIRE_FALSE(routed.has_value());
      CAPTURE(routed.error().message);
      CHECK(routed.error().code() == fault);
      CHECK(routed.error().class_name() == "undecodable");
      CHECK(routed.error().message.find(": ") != std::string::npos);
    }
  }

  TEST_CASE("every good decision is written again as it was read") {
    for (const std::string& line : lines_of("decisions.good.ndjson")) {
      const auto decision = decode_decision(line);
      REQUIRE_MESSAGE(decision.has_value(), decision.error().message);
      CHECK(encode(*decision) == line);
    }
  }

  TEST_CASE("every good command is written again as it was read") {
    for (const std::string& line : lines_of("commands.good.ndjson")) {
      const auto command = decode_command(line, {});
      REQUIRE_MESSAGE(command.has_value(), command.error().message);
      CHECK(encode(*command) == line);
    }
  }

  TEST_CASE("every bad command is refused with the fault it has") {
    for (const auto& [fault, text] : bad_examples("commands.bad.tsv")) {
      CAPTURE(text);
      const auto command = decode_command(text, {});
      REQUIRE_FALSE(command.has_value());
      CHECK(command.error().code() == fault);
    }
  }

  TEST_CASE("every bad decision is refused with the field named") {
    for (const auto& [field, text] : bad_examples("decisions.bad.tsv")) {
      CAPTURE(text);
      const auto decision = decode_decision(text);
      REQUIRE_FALSE(decision.has_value());
      CHECK(decision.error().code == errc::bad_input);
      if (field != "json" && field != "object")
        CHECK(decision.error().message.find("'" + field + "'") != std::string::npos);
    }
  }

} // TEST_SUITE
