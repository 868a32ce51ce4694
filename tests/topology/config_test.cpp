#include "topology/config.hpp"
#include "topology/config_table.hpp"
#include "topology/config_values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

using namespace laurel::topology;

namespace {

/// A settings file in a directory of its own.
class settings_file {
public:
  explicit settings_file(const std::string& text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "laurel-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    std::ofstream(path()) << text;
  }
  ~settings_file() { std::filesystem::remove_all(directory_); }
  std::filesystem::path path() const { return directory_ / "laurel.toml"; }

private:
  std::filesystem::path directory_;
};

using pairs = std::vector<std::pair<std::string, std::string>>;

config_outcome load(const std::string& file, pairs environment = {}, pairs flags = {}) {
  const settings_file on_disk(file);
  return load_config({on_disk.path(), std::move(environment), std::move(flags), "host", "/work"});
}

bool mentions(const std::vector<std::string>& faults, const std::string& text) {
  return std::ranges::any_of(
    faults, [&](const std::string& fault) { return fault.find(text) != fault.npos; });
}

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_SUITE("config") {
  TEST_CASE("flags win over the environment, which wins over the file, which wins over defaults") {
    const std::string file = "[commit]\nmin_interval = \"20ms\"\nmax_interval = \"200ms\"\n"
                             "max_records = 7\n";

    const auto loaded =
      load(file, {{"BADGE_COMMIT_MAX_INTERVAL", "300ms"}, {"BADGE_COMMIT_MAX_RECORDS", "8"}},
           {{"commit.max_records", "9"}});

    REQUIRE(loaded.faults.empty());
    const auto& pipeline = loaded.values.pipeline;
    CHECK(pipeline.commit_interval_min.count() == 20);
    CHECK(pipeline.commit_interval_max.count() == 300);
    CHECK(pipeline.commit_records_max == 9);
    CHECK(pipeline.commit_bytes_max == settings{}.pipeline.commit_bytes_max);
    CHECK(loaded.origins.at("commit.min_interval").ends_with("laurel.toml:2"));
    CHECK(loaded.origins.at("commit.max_interval") == "BADGE_COMMIT_MAX_INTERVAL");
    CHECK(loaded.origins.at("commit.max_records") == "--commit-max-records");
  }

  TEST_CASE("every fault is listed at once, each with its file and line or its source") {
    const auto loaded = load("nonsense = 1\n[commit]\nmin_interval = \"5\"\nmax_records = -1\n"
                             "max_bites = \"1MiB\"\nmax_bytes = 1.5\n",
                             {{"BADGE_ENV", "prod"}, {"BADGE_COMIT_MAX_RECORDS", "3"}},
                             {{"topics.partitions", "0"}, {"kafka.brokers", "one,two:x"}});

    CHECK(mentions(loaded.faults, "laurel.toml:1: unknown key nonsense"));
    CHECK(mentions(loaded.faults, "laurel.toml:3: commit.min_interval = \"5\" must be a whole "
                                  "number with a unit"));
    CHECK(mentions(loaded.faults, "laurel.toml:4: commit.max_records"));
    CHECK(mentions(loaded.faults, "laurel.toml:5: unknown key commit.max_bites"));
    CHECK(mentions(loaded.faults, "laurel.toml:6: commit.max_bytes must be a string"));
    CHECK(mentions(loaded.faults, "BADGE_ENV: env = \"prod\" must be one of"));
    CHECK(mentions(loaded.faults, "unknown variable BADGE_COMIT_MAX_RECORDS"));
    CHECK(mentions(loaded.faults, "--partitions: topics.partitions = \"0\" must be from 1"));
    CHECK(mentions(loaded.faults, "\"one\" is not host:port"));
    CHECK(mentions(loaded.faults, "\"two:x\" is not host:port"));
  }

  TEST_CASE("a file that is not TOML names the line, one that is not there itself") {
    CHECK(mentions(load("a = 1\nb = = 2\n").faults, "laurel.toml:2: "));
    CHECK(mentions(load_config({"/nowhere.toml", {}, {}, "host", "/"}).faults, "/nowhere.toml"));
  }

  TEST_CASE("a key in the wrong table is told where it belongs") {
    CHECK(mentions(load("[pipeline]\nmin_interval = \"1ms\"\n").faults,
                   "did you mean commit.min_interval?"));
  }

  TEST_CASE("settings that contradict each other are refused") {
    CHECK(mentions(load("[commit]\nmin_interval = \"2s\"\n").faults,
                   "is greater than commit.max_interval"));
    CHECK(mentions(load("[topics]\nlate = \"badge.dlq\"\n").faults, "badge.dlq"));
    CHECK(mentions(load("[kafka]\n\"ssl.key.location\" = \"/k\"\n").faults, "vice versa"));
  }

  TEST_CASE("a process is armed to die by the environment alone, and only where that is a test") {
    CHECK(find_setting("failpoint")->flag.empty());
    CHECK(mentions(load("", {{"BADGE_FAILPOINT", "k7:3"}}).faults, "only with env = dev"));
    const pairs dev{{"BADGE_ENV", "dev"}, {"BADGE_FAILPOINT", "k6:2@900us"}};
    CHECK(!mentions(load("", dev).faults, "failpoint"));
    CHECK(load("", dev).values.failpoint == "k6:2@900us");
    CHECK(mentions(load("", {{"BADGE_ENV", "dev"}, {"BADGE_FAILPOINT", "k17"}}).faults,
                   "\"k17\" names no point"));
  }

  TEST_CASE("production refuses unencrypted brokers beyond this machine") {
    const pairs remote{{"BADGE_KAFKA_BROKERS", "kafka1:9092,kafka2:9092"}};

    CHECK(mentions(load("", remote).faults, "need ssl or sasl_ssl"));
    CHECK(load("", {{"BADGE_KAFKA_BROKERS", "localhost:9092,127.0.0.1:9093"}}).faults.empty());
    CHECK(load("env = \"dev\"\n", remote).faults.empty());
    CHECK(load("kafka.allow_plaintext = true\n", remote).faults.empty());
    CHECK(load("kafka.security.protocol = \"ssl\"\n", remote).faults.empty());
    CHECK(mentions(load("kafka.security.protocol = \"sasl_plaintext\"\n", remote).faults,
                   "sasl.password"));
  }

  TEST_CASE("one broker in production is a warning") {
    const auto loaded =
      load("kafka.security.protocol = \"ssl\"\n", {{"BADGE_KAFKA_BROKERS", "kafka1:9093"}});

    CHECK(loaded.faults.empty());
    CHECK(loaded.warnings.size() == 1);
  }

  TEST_CASE("properties of librdkafka pass, those that exactly once depends on do not") {
    const auto loaded = load("[kafka.consumer]\nfetch.min.bytes = 1000\n"
                             "[kafka.producer]\n\"linger.ms\" = 5\n");
    CHECK(loaded.faults.empty());
    CHECK(loaded.values.kafka.consumer.at("fetch.min.bytes") == "1000");
    CHECK(loaded.values.kafka.producer.at("linger.ms") == "5");

    CHECK_FALSE(load("[kafka.consumer]\nisolation.level = \"read_uncommitted\"\n").faults.empty());
    CHECK_FALSE(load("[kafka.producer]\nacks = \"1\"\n").faults.empty());
    CHECK_FALSE(load("[kafka]\nno.such.thing = \"1\"\n").faults.empty());
  }

  TEST_CASE("a secret comes from a file, and is never printed") {
    const settings_file secret("tOp-s3cret\n");
    const auto loaded = load("", {{"BADGE_KAFKA_SASL_PASSWORD_FILE", secret.path().string()}});

    CHECK(loaded.values.kafka.all.at("sasl.password") == "tOp-s3cret");
    CHECK(print_config(loaded).find("tOp-s3cret") == std::string::npos);
  }

  TEST_CASE("what is printed reads back as the same settings") {
    const auto loaded = load("instance.id = \"me\"\n[topics]\npartitions = 3\nlate = \"x.late\"\n",
                             {{"BADGE_EMBEDDED_DIR", "/tmp/with \"quote\""}});
    REQUIRE(loaded.faults.empty());

    const auto again = load(print_config(loaded));

    REQUIRE(again.faults.empty());
    for (const auto& row : setting_table())
      CHECK_MESSAGE(row.text(again.values) == row.text(loaded.values), row.key);
  }

  TEST_CASE("the instance id tells host and directory, unless it is given") {
    const config_sources base{std::nullopt, {}, {{"state.dir", "a/b"}}, "host", "/work"};
    auto other = base;
    other.flags = {{"state.dir", "a/c"}};
    auto given = base;
    given.environment = {{"BADGE_INSTANCE_ID", "me"}};

    CHECK(load_config(base).values.pipeline.instance_id == "host-work-a-b");
    CHECK(load_config(other).values.pipeline.instance_id == "host-work-a-c");
    CHECK(load_config(given).values.kafka.instance_id == "me");
  }

  TEST_CASE("variables of others that begin alike are left alone") {
    CHECK(
      load("",
           {{"BADGE_API_SERVICE_HOST", "10.0.0.1"}, {"BADGE_JWT_SECRET", "x"}, {"PATH", "/bin"}})
        .faults.empty());
  }
}

TEST_SUITE("settings table") {
  TEST_CASE("no two settings share a key, a variable or a flag") {
    std::set<std::string> names;
    for (const auto& row : setting_table())
      for (const auto& name : {row.key, row.env, row.flag})
        CHECK_MESSAGE((name.empty() || names.insert(name).second), name);
  }

  TEST_CASE("every default is a value that its own row takes") {
    const auto defaults = default_settings();
    for (const auto& row : setting_table()) {
      settings into;
      const auto text = row.text(defaults);
      if (!text.empty())
        CHECK_MESSAGE(row.assign(into, text).has_value(), row.key, " = ", text);
    }
  }

  TEST_CASE("a secret has no flag, for flags can be read by everybody on the machine") {
    for (const auto& row : setting_table())
      if (row.is_secret)
        CHECK_MESSAGE(row.flag.empty(), row.key);
  }

  TEST_CASE("the page of settings is the table") {
    const auto root = std::filesystem::path(LAUREL_SOURCE_DIR);

    CHECK(contents_of(root / "topology/settings.md") == settings_page());
  }

  TEST_CASE("the example environment names every variable and no other") {
    const auto text = contents_of(std::filesystem::path(LAUREL_SOURCE_DIR) / ".env.example");
    std::set<std::string> named;
    for (auto at = text.find("BADGE_"); at != text.npos; at = text.find("BADGE_", at + 1))
      named.insert(text.substr(at, text.find_first_of("= \n", at) - at));

    std::set<std::string> known;
    for (const auto& row : setting_table())
      known.insert(row.env);
    CHECK(named == known);
  }
}

TEST_SUITE("config values") {
  TEST_CASE("durations and sizes read what they write, and nothing without a unit") {
    for (const auto* text : {"0ms", "1ms", "90s", "10m", "36h", "400d"})
      CHECK(duration_text(parse_duration(text).value()) == text);
    for (const auto* text : {"", "5", "ms", "-1s", "1.5s", "1 s", "1w", "9999999999999999d"})
      CHECK_MESSAGE(!parse_duration(text).has_value(), text);
    for (const auto* text : {"0", "1000", "64KiB", "5MiB", "3GiB"})
      CHECK(size_text(parse_size(text).value()) == text);
    for (const auto* text : {"", "1KB", "-1", "1e3", "99999999999GiB"})
      CHECK_MESSAGE(!parse_size(text).has_value(), text);
  }

  TEST_CASE("booleans are two words, lists have no empty parts") {
    CHECK(parse_boolean("true").value());
    CHECK_FALSE(parse_boolean("yes").has_value());
    CHECK(parse_list(" a , b").value() == std::vector<std::string>{"a", "b"});
    CHECK(parse_list("").value().empty());
    CHECK_FALSE(parse_list("a,,b").has_value());
    CHECK_FALSE(parse_list("a,").has_value());
  }
}
