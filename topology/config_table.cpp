#include "topology/config_table.hpp"

#include "state/erasure.hpp"
#include "topology/config_rows.hpp"
#include "topology/config_values.hpp"
#include "topology/http_rows.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace laurel::topology {

namespace {

using namespace rows;

#define MEMBER(path) \
  [](settings & s) -> auto& { \
    return s.path; \
  }

/// Only from the environment: nothing that is kept or seen by others may hold it.
setting failpoint_row() {
  auto made = text({"failpoint", "For tests, with env = dev only: where the process dies, such as "
                                 "k7:3, the third time it reaches K7."},
                   MEMBER(failpoint));
  made.flag.clear();
  return made;
}

std::vector<setting> process_rows() {
  return {
    choice<deployment>({"env", "How strict the checks at start are."}, MEMBER(environment),
                       {{"production", deployment::production},
                        {"staging", deployment::staging},
                        {"dev", deployment::dev}}),
    word({"log.level", "The least level that is logged.", "--log-level", "BADGE_LOG"},
         MEMBER(log.level), {"trace", "debug", "info", "warn", "error", "off"}),
    choice<log_format>({"log.format", "How a log line looks, on stderr."}, MEMBER(log.format),
                       {{"text", log_format::text}, {"json", log_format::json}}),
    text({"state.dir", "With brokers: the directory of stores and control.sock.", "--state"},
         MEMBER(state_directory)),
    text({"instance.id", "Who this process is, the same after a restart and unique in the group; "
                         "empty: host and directory."},
         MEMBER(pipeline.instance_id)),
    duration({"shutdown.timeout", "How long an orderly stop may take."}, MEMBER(shutdown_timeout),
             "1s", "10m"),
    size({"memory.budget", "Caches and write buffers of all stores together."},
         MEMBER(memory_budget_bytes), "16MiB", "1024GiB"),
    failpoint_row(),
  };
}

std::string erasure_secret_fault(const std::string& value) {
  const bool is_good = value.empty()
                       || (value.size() >= state::erasure_secret_bytes_min
                           && value.size() <= state::erasure_secret_bytes_max);
  return is_good ? std::string{} : "must have 32 to 64 bytes, such as `openssl rand -hex 32`";
}

std::vector<setting> pipeline_rows() {
  return {
    duration({"commit.min_interval", "Two commits of a task are at least this far apart."},
             MEMBER(pipeline.commit_interval_min), "1ms", "60s"),
    duration({"commit.max_interval", "Under load, a task commits at least this often."},
             MEMBER(pipeline.commit_interval_max), "1ms", "60s"),
    integer({"commit.max_records", "Input records of one transaction."},
            MEMBER(pipeline.commit_records_max), 1, 10'000'000),
    size({"commit.max_bytes", "Input bytes of one transaction."}, MEMBER(pipeline.commit_bytes_max),
         "64KiB", "1GiB"),
    integer({"users.awake_max", "User actors that one task keeps awake."},
            MEMBER(pipeline.awake_users_max), 1, 10'000'000),
    size({"credit.bytes", "Input in flight over all partitions; one out of its share is paused."},
         MEMBER(kafka.credit_bytes), "1MiB", "16GiB"),
    duration({"flush.interval", "Stores write what is in memory to disk at least this often."},
             MEMBER(pipeline.flush_interval), "1s", "1h"),
    duration({"timers.idle_after",
              "Timers go by the wall clock once a task has had nothing to read "
              "for so long."},
             MEMBER(pipeline.timers_idle_after), "100ms", "1h"),
    integer({"breaker.run_max", "Dead letters in a row after which a task pauses."},
            MEMBER(pipeline.breaker.run_max), 1, 10'000'000),
    duration({"breaker.pause", "After a flood of dead letters a task goes on by itself then."},
             MEMBER(pipeline.breaker_pause), "1s", "24h"),
    secret({"erasure.secret",
            "What erased users are remembered under, 32 to 64 bytes; the same for all "
            "processes and for ever. An embedded log makes its own."},
           MEMBER(pipeline.erasure_secret), erasure_secret_fault),
    integer({"parked.max_records", "Records that wait for one parked user; more are dead letters."},
            MEMBER(pipeline.parked_records_max), 1, 100'000),
    horizon({"horizon.engagement", "How late an engagement event may come and still count."},
            MEMBER(pipeline.horizon.ms[0])),
    horizon({"horizon.transaction", "How late a transaction may come and still count."},
            MEMBER(pipeline.horizon.ms[1])),
  };
}

/// A property of librdkafka that needs an environment variable or a flag; its key is
/// "kafka." and librdkafka's own name. Unset while it is empty.
setting property(const char* name, const char* help, const std::vector<std::string>& words = {}) {
  std::string type = words.empty() ? "text" : "";
  for (const auto& each : words)
    type += (type.empty() ? "" : " | ") + each;
  auto made = row({std::string("kafka.") + name, help}, type);
  made.is_secret = std::string_view(name).ends_with("password");
  if (made.is_secret)
    made.flag.clear(); // Every user of a machine can read the flags of a process.
  made.assign = [name, words](settings& into, std::string_view value) -> result<void> {
    if (!words.empty() && std::ranges::find(words, value) == words.end())
      return failure(errc::bad_setting, "must be one of " + list_text(words));
    if (value.empty())
      into.kafka.all.erase(name);
    else
      into.kafka.all[name] = value;
    return {};
  };
  made.text = [name](const settings& from) {
    const auto found = from.kafka.all.find(name);
    return found == from.kafka.all.end() ? std::string{} : found->second;
  };
  return made;
}

setting topic(stream which, const char* help) {
  return name(
    {"topics." + std::string(part_of(which)), help}, [which](settings & s) -> auto& {
      return s.kafka.streams.name(which);
    });
}

std::vector<setting> topic_rows() {
  return {
    integer(
      {"topics.partitions", "Partitions of each topic; final for a deployment.", "--partitions"},
      MEMBER(pipeline.partition_count), 1, 4'096),
    topic(stream::engagement, "Input: check-ins, views, shares, ..."),
    topic(stream::transaction, "Input: purchases and refunds."),
    topic(stream::changelog, "Every committed change of state; compacted."),
    topic(stream::grants, "Output: what was granted, revoked, amended, withdrawn."),
    topic(stream::dlq, "Output: records that could not be processed."),
    topic(stream::late, "Output: events older than the horizon."),
    topic(stream::catalog, "Rules; compacted, one partition."),
    topic(stream::identity, "API keys; compacted, one partition."),
    topic(stream::commands, "Input: grants, revokes, ... by hand."),
    topic(stream::notifications, "Output: what somebody is to be told."),
    topic(stream::trials, "Output: what rules that are only tried would have decided."),
  };
}

std::vector<setting> embedded_rows() {
  return {
    text(
      {"embedded.dir", "Run on a log of our own in this directory instead of Kafka.", "--embedded"},
      MEMBER(embedded_directory)),
    choice<durability>({"embedded.sync", "What an acknowledged write survives: a crash of the "
                                         "machine, or of the process."},
                       MEMBER(embedded.sync),
                       {{"synced", durability::synced}, {"buffered", durability::buffered}}),
    size({"embedded.retention_bytes", "What the log keeps of events and outputs; 0: everything."},
         MEMBER(embedded.retention_bytes), "0", "65536GiB"),
    size({"embedded.reserve_bytes", "Free disk space below which events are refused; 0: none."},
         MEMBER(embedded.reserve_bytes), "0", "65536GiB"),
  };
}

std::vector<setting> kafka_rows() {
  return {
    make(
      {"kafka.brokers", "Where Kafka is: host:port, comma-separated.", "--brokers"}, "list",
      MEMBER(kafka.brokers), [](std::string_view in) { return parse_list(in).map(list_text); },
      anything, [](const std::string& value) { return value; }),
    name({"kafka.group", "Consumer group, and the prefix of transactional ids.", "--group"},
         MEMBER(kafka.group)),
    property("security.protocol", "How brokers are talked to; unset: plaintext.",
             {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}),
    property("ssl.ca.location", "Certificates that brokers are checked against (PEM)."),
    property("ssl.certificate.location", "Our certificate (PEM), with ssl.key.location."),
    property("ssl.key.location", "Our private key (PEM)."),
    property("ssl.key.password", "What our private key is encrypted with."),
    property("sasl.mechanism", "How we log in.", {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}),
    property("sasl.username", "Who logs in."),
    property("sasl.password", "What we log in with."),
    boolean({"kafka.allow_plaintext", "Unencrypted brokers beyond loopback, in production too."},
            MEMBER(allow_plaintext)),
    duration({"kafka.session_timeout", "A silent process loses its partitions after this."},
             MEMBER(kafka.session_timeout), "1s", "30m"),
    duration({"kafka.heartbeat_interval", "How often a process says that it lives."},
             MEMBER(kafka.heartbeat_interval), "100ms", "5m"),
    duration({"kafka.transaction_timeout", "The broker aborts a transaction open this long."},
             MEMBER(kafka.transaction_timeout), "1s", "15m"),
    duration({"kafka.call_timeout", "How long one request to a broker may take."},
             MEMBER(kafka.call_timeout), "1s", "10m"),
  };
}

std::vector<setting> control_rows() {
  return {
    integer({"control.connections_max", "Connections to control.sock at once."},
            MEMBER(control.connections_max), 1, 10'000),
    integer({"control.handler_threads", "Requests of control.sock handled at once."},
            MEMBER(control.handler_threads), 1, 64),
    duration({"control.drain_timeout", "How long a stop waits for requests under way."},
             MEMBER(control.drain_timeout), "0s", "5m"),
  };
}

#undef MEMBER

std::vector<setting> build_table() {
  std::vector<setting> table;
  for (auto rows : {process_rows(), embedded_rows(), kafka_rows(), topic_rows(), pipeline_rows(),
                    control_rows(), http_rows()})
    std::ranges::move(rows, std::back_inserter(table));
  return table;
}

} // namespace

const std::vector<setting>& setting_table() {
  static const auto table = build_table();
  return table;
}

settings default_settings() {
  settings defaults;
  defaults.pipeline.instance_id.clear(); // It follows from host and directory.
  return defaults;
}

const setting* find_setting(std::string_view key) {
  for (const auto& candidate : setting_table())
    if (candidate.key == key)
      return &candidate;
  return nullptr;
}

namespace {

std::string code(const std::string& text) {
  return text.empty() ? "" : "`" + text + "`";
}

} // namespace

std::string settings_page() {
  std::string page = "# Settings\n\n"
                     "Defaults, then the TOML file (`--config`), then the environment, then flags. "
                     "This page is\nthe table in `config_table.cpp`, written by "
                     "`laurel serve --print-settings-page`; a test compares them.\n\n"
                     "| file | environment | flag | value | default | what |\n"
                     "|---|---|---|---|---|---|\n";
  const auto defaults = default_settings();
  for (const auto& each : setting_table()) {
    auto type = each.type;
    for (auto at = type.find(" | "); at != type.npos; at = type.find(" | "))
      type.replace(at, 3, ", ");
    page += "| `" + each.key + "` | `" + each.env + "` | " + code(each.flag) + " | " + type + " | "
            + code(each.text(defaults)) + " | " + each.help + " |\n";
  }
  page +=
    "\nOther properties of librdkafka go into `[kafka]` (every client), `[kafka.consumer]` and "
    "`[kafka.producer]`\nof the file under their own names, apart from those that exactly once "
    "depends on. A secret has no flag\nand can be read from a file, which the same variable with "
    "`_FILE` behind it names.\n";
  return page;
}

} // namespace laurel::topology
