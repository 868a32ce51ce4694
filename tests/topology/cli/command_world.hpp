#pragma once

#include "topology/cli/run.hpp"

#include "tests/api/fake_gateway.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace laurel::tests {

/// An application that remembers what it was asked, over a fake gateway that outlives commands.
class fake_application final : public topology::cli::application {
public:
  /// Passes calls on to a gateway that it does not own.
  class lent_gateway final : public api::gateway {
  public:
    explicit lent_gateway(api::gateway& to) : to_(to) {}
    schemas::result<state::user_view> user(const std::string& id) override { return to_.user(id); }
    schemas::result<state::explanation> explain(state::explain_request what) override {
      return to_.explain(std::move(what));
    }
    schemas::result<api::status_report> status() override { return to_.status(); }
    schemas::result<std::vector<api::rule_summary>> rules() override { return to_.rules(); }
    schemas::result<api::publish_outcome> publish_rule(const std::string& document) override {
      return to_.publish_rule(document);
    }
    schemas::result<void> retire_rule(const std::string& id) override {
      return to_.retire_rule(id);
    }
    schemas::result<api::append_outcome>
    append_events(std::span<const std::string> lines) override {
      return to_.append_events(lines);
    }
    schemas::result<void> append_command(const schemas::command& what) override {
      return to_.append_command(what);
    }
    schemas::result<api::erasure_certificate> erasure(const std::string& user_id) override {
      return to_.erasure(user_id);
    }
    api::key_desk* keys() override { return to_.keys(); }
    api::rule_desk* rule_life() override { return to_.rule_life(); }
    api::catalogue_desk* catalogue() override { return to_.catalogue(); }

  private:
    api::gateway& to_;
  };

  int serve(const topology::cli::serve_request& what, topology::cli::console&) override {
    served.push_back(what);
    return serve_code;
  }
  schemas::result<topology::cli::replay_summary> replay(const topology::cli::replay_request& what,
                                                        std::istream&, std::ostream& out) override {
    replayed.push_back(what);
    for (const auto& file : what.rules) {
      std::ifstream in(file);
      replayed_rules.emplace_back(std::istreambuf_iterator<char>(in),
                                  std::istreambuf_iterator<char>());
    }
    out << replay_lines;
    return replay_answer;
  }
  schemas::result<void> export_events(const topology::settings&,
                                      std::span<const schemas::input> inputs,
                                      std::ostream& out) override {
    exported.assign(inputs.begin(), inputs.end());
    out << "{\"an\":\"event\"}\n";
    return {};
  }
  std::vector<schemas::input> exported;

  schemas::result<std::unique_ptr<api::gateway>> open(const topology::settings& values) override {
    opened.push_back(values);
    if (open_fault)
      return tl::unexpected(*open_fault);
    return std::make_unique<lent_gateway>(engine);
  }
  schemas::result<std::vector<std::string>> create_topics(const topology::settings&,
                                                          std::int32_t replicas) override {
    return std::vector<std::string>{"created with " + std::to_string(replicas)};
  }
  schemas::result<std::vector<std::string>> verify_topics(const topology::settings&) override {
    return topic_faults;
  }

  fake_gateway engine;
  std::vector<topology::cli::serve_request> served;
  std::vector<topology::cli::replay_request> replayed;
  std::vector<topology::settings> opened;
  topology::cli::replay_summary replay_answer;
  std::string replay_lines = "{\"kind\":\"granted\"}\n";
  std::vector<std::string> replayed_rules; // What the files held.
  std::vector<std::string> topic_faults;
  std::optional<schemas::error> open_fault;
  int serve_code = 0;
};

/// Types commands, in a temporary directory.
class command_world {
public:
  command_world() {
    std::string pattern = (std::filesystem::temp_directory_path() / "laurel-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory = pattern;
  }
  ~command_world() { std::filesystem::remove_all(directory); }

  /// Runs `laurel words...`; the exit code is returned, `out` and `err` hold what it wrote. The
  /// word "d" stands for the directory, which no process holds.
  int type(std::vector<std::string> words, const std::string& input = {}) {
    std::ranges::replace(words, std::string("d"), directory.string());
    std::istringstream in(input);
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    topology::cli::console terminal{
      .in = in, .out = out_stream, .err = err_stream, .program = "laurel"};
    terminal.out_is_terminal = on_terminal;
    terminal.err_is_terminal = on_terminal;
    terminal.may_colour = may_colour;
    const topology::cli::invocation from{std::move(words), environment, "host", directory};
    const int code = topology::cli::run(from, terminal, app);
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(directory / name) << text;
    return (directory / name).string();
  }

  std::filesystem::path directory;
  fake_application app;
  std::vector<std::pair<std::string, std::string>> environment;
  bool on_terminal = false;
  bool may_colour = true;
  std::string out;
  std::string err;
};

} // namespace laurel::tests
