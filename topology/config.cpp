#include "topology/config.hpp"

#include "api/gate.hpp"
#include "schemas/base/failpoint.hpp"
#include "topology/config_file.hpp"
#include "topology/config_table.hpp"
#include "topology/config_values.hpp"
#include "topology/key_registry.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <sstream>
#include <string_view>

namespace laurel::topology {

namespace {

constexpr std::string_view env_prefix = "BADGE_";
constexpr std::string_view file_suffix = "_FILE";
constexpr std::string_view proxies_variable = "TRUSTED_PROXY_CIDRS"; // As other programs call it.
constexpr std::size_t instance_id_bytes_max = 249; // Kafka's limit for group.instance.id.

/// Variables that belong to parts that read them elsewhere, or that have no effect yet.
constexpr std::array<std::string_view, 7> known_variables{"BADGE_CONFIG",
                                                          "BADGE_ADMIN_PORT",
                                                          "BADGE_JWT_SECRET",
                                                          "BADGE_JWT_EXPIRES_SECS",
                                                          "BADGE_METRICS_ENABLED",
                                                          "BADGE_TRACING_ENABLED",
                                                          "BADGE_ADVERTISED_ENDPOINT"};

std::string value_shown(const setting& row, std::string_view value) {
  return row.is_secret ? "***" : std::string(value);
}

/// Keys that begin like this go to librdkafka as they are.
struct property_group {
  std::string_view prefix;
  kafka::pass_through* into;
  kafka::client_kind kind;
};

bool is_secret_name(std::string_view property) {
  return property.find("password") != property.npos || property.find("secret") != property.npos
         || property.ends_with(".pem") || property.find("oauthbearer.config") != property.npos;
}

/// A TOML basic string.
std::string toml_text(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\')
      text += '\\';
    text += c;
  }
  return text + "\"";
}

/// Collects values and faults from one source after another.
class loader {
public:
  explicit loader(config_outcome& out) : out_(out) {}

  void assign(const setting& row, std::string_view value, const std::string& origin) {
    if (auto done = row.assign(out_.values, value); !done)
      return fault(origin,
                   row.key + " = \"" + value_shown(row, value) + "\" " + done.error().message);
    out_.origins[row.key] = origin;
  }

  void read_file(const std::filesystem::path& file) {
    auto contents = read_config_file(file);
    std::ranges::move(contents.faults, std::back_inserter(out_.faults));
    for (const auto& entry : contents.entries) {
      const auto origin = file.string() + ":" + std::to_string(entry.line);
      if (const auto* row = find_setting(entry.key))
        assign(*row, entry.value, origin);
      else if (!assign_property(entry, origin))
        fault(origin, "unknown key " + entry.key + near(entry.key));
    }
  }

  void read_variable(const std::string& name, const std::string& value) {
    for (const auto& row : setting_table()) {
      if (name == row.env)
        return assign(row, value, name);
      if (row.is_secret && name == row.env + std::string(file_suffix))
        return read_secret(row, name, value);
    }
    // Kubernetes injects <SERVICE>_SERVICE_HOST and the like for a service called "badge-...".
    const bool is_service = name.find("_SERVICE_") != name.npos || name.find("_PORT") != name.npos;
    if (std::ranges::find(known_variables, name) == known_variables.end() && !is_service)
      fault("environment", "unknown variable " + name);
  }

  void fault(const std::string& origin, const std::string& what) {
    out_.faults.push_back(origin + ": " + what);
  }

private:
  void read_secret(const setting& row, const std::string& name, const std::string& file) {
    std::ifstream in(file);
    std::string value;
    if (!std::getline(in, value))
      return fault(name, file + " cannot be read");
    assign(row, value, name);
  }

  /// Whether the key is in a table for librdkafka; a name or value it does not take is a fault.
  bool assign_property(const file_entry& entry, const std::string& origin) {
    auto& kafka = out_.values.kafka;
    const std::array<property_group, 3> groups{
      {{"kafka.consumer.", &kafka.consumer, kafka::client_kind::consumer},
       {"kafka.producer.", &kafka.producer, kafka::client_kind::producer},
       {"kafka.", &kafka.all, kafka::client_kind::consumer}}};
    for (const auto& group : groups) {
      if (!entry.key.starts_with(group.prefix))
        continue;
      const auto property = entry.key.substr(group.prefix.size());
      if (auto good = kafka::check_pass_through(group.kind, property, entry.value); !good)
        fault(origin, good.error().message);
      else
        (*group.into)[property] = entry.value;
      return true;
    }
    return false;
  }

  /// A hint for a key that was put into the wrong table or misspelt in its last part.
  static std::string near(std::string_view key) {
    const auto last = key.substr(key.rfind('.') + 1);
    for (const auto& row : setting_table())
      if (row.key.ends_with("." + std::string(last)))
        return " (did you mean " + row.key + "?)";
    return "";
  }

  config_outcome& out_;
};

bool is_loopback(std::string_view broker) {
  const auto host = broker.substr(0, broker.rfind(':'));
  return host == "localhost" || host.starts_with("127.") || host == "[::1]" || host == "::1";
}

void check_brokers(const std::vector<std::string>& brokers, loader& report) {
  for (const auto& broker : brokers) {
    const auto colon = broker.rfind(':');
    const auto port = colon == broker.npos ? "" : broker.substr(colon + 1);
    const bool is_number =
      !port.empty() && port.size() <= 5
      && std::ranges::all_of(port, [](unsigned char c) { return std::isdigit(c) != 0; });
    if (colon == 0 || !is_number)
      report.fault("kafka.brokers", "\"" + broker + "\" is not host:port");
  }
}

std::string property_of(const settings& values, const char* name) {
  const auto found = values.kafka.all.find(name);
  return found == values.kafka.all.end() ? std::string{} : found->second;
}

void check_security(const settings& values, const std::vector<std::string>& brokers, loader& report,
                    config_outcome& out) {
  const auto has = [&](const char* name) { return !property_of(values, name).empty(); };
  if (has("ssl.certificate.location") != has("ssl.key.location"))
    report.fault("kafka.ssl.certificate.location", "needs kafka.ssl.key.location, and vice versa");
  const auto protocol = property_of(values, "security.protocol");
  if (protocol.starts_with("sasl")
      && !(has("sasl.mechanism") && has("sasl.username") && has("sasl.password")))
    report.fault("kafka.security.protocol",
                 "needs kafka.sasl.mechanism, kafka.sasl.username and kafka.sasl.password");
  if (values.environment != deployment::production || brokers.empty())
    return;
  const bool is_plain = protocol.empty() || protocol.ends_with("plaintext");
  const bool is_local = std::ranges::all_of(brokers, is_loopback);
  if (is_plain && !is_local && !values.allow_plaintext)
    report.fault("kafka.security.protocol",
                 "brokers beyond this machine need ssl or sasl_ssl; or say "
                 "kafka.allow_plaintext = true, or env = \"dev\"");
  if (brokers.size() < 2 && !is_local)
    out.warnings.emplace_back("kafka.brokers names one broker; name two, so that a start "
                              "succeeds while one is down");
}

void check_http(const settings& values, loader& report) {
  if (values.http.port == 0)
    return;
  const bool is_development = values.environment == deployment::dev;
  const auto edge = edge_of(values.http, is_development);
  if (const auto fault = api::bind_fault(edge, has_pepper(values), is_development); !fault.empty())
    report.fault("http", fault);
  if (values.http.metrics_port == values.http.port
      && values.http.metrics_address == values.http.edge.address)
    report.fault("metrics.port", "is that of http.port; /metrics has a port of its own");
}

void check_whole(loader& report, config_outcome& out) {
  const auto& values = out.values;
  if (values.pipeline.commit_interval_min > values.pipeline.commit_interval_max)
    report.fault("commit.min_interval", "is greater than commit.max_interval");
  if (!values.failpoint.empty() && values.environment != deployment::dev)
    report.fault("failpoint", "kills the process on purpose; only with env = dev");
  else if (!values.failpoint.empty() && !schemas::parse_failpoint(values.failpoint))
    report.fault("failpoint",
                 "\"" + values.failpoint + "\" names no point; such as k7, k7:3 or k6:3@1500us");
  auto names = values.kafka.streams.names;
  std::ranges::sort(names);
  if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
    report.fault("topics", "two topics have one name: " + *twice);
  const auto brokers = parse_list(values.kafka.brokers).value_or(std::vector<std::string>{});
  check_brokers(brokers, report);
  check_security(values, brokers, report, out);
  check_http(values, report);
}

/// Settings that follow from others, so that nobody can set them apart.
void derive(settings& values) {
  values.kafka.instance_id = values.pipeline.instance_id;
  values.embedded.partitions = values.pipeline.partition_count;
  if (values.embedded_directory.empty()) // The topics of the embedded log have names of their own.
    for (const auto from : schemas::every_input)
      values.pipeline.input_topics[static_cast<std::size_t>(from)] =
        values.kafka.streams.name(stream_of(from));
  const auto inputs =
    static_cast<std::size_t>(values.pipeline.partition_count) * schemas::event_input_count;
  values.embedded.feed_credit_bytes =
    std::max(values.embedded.feed_batch_bytes, values.kafka.credit_bytes / inputs);
}

/// Host and directory: the same after a restart, and different for two processes of one host.
std::string derived_instance_id(const config_sources& from, const settings& values) {
  const auto path = (from.working_directory / values.directory()).lexically_normal().string();
  std::string id = from.host_name + path;
  std::ranges::replace_if(
    id, [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '-' && c != '_'; },
    '-');
  if (id.size() > instance_id_bytes_max)
    id.erase(0, id.size() - instance_id_bytes_max); // The end of a path tells directories apart.
  return id;
}

} // namespace

config_outcome load_config(const config_sources& from) {
  config_outcome out;
  out.values = default_settings();
  loader report(out);
  auto file = from.file;
  for (const auto& [name, value] : from.environment)
    if (!file && name == "BADGE_CONFIG" && !value.empty())
      file = value;
  if (file)
    report.read_file(*file);
  for (const auto& [name, value] : from.environment)
    if (name == proxies_variable)
      report.read_variable(std::string(env_prefix) + name, value);
    else if (name.starts_with(env_prefix))
      report.read_variable(name, value);
  for (const auto& [key, value] : from.flags)
    if (const auto* row = find_setting(key))
      report.assign(*row, value, row->flag);
  check_whole(report, out);
  if (out.values.pipeline.instance_id.empty())
    out.values.pipeline.instance_id = derived_instance_id(from, out.values);
  derive(out.values);
  return out;
}

std::string print_config(const config_outcome& loaded) {
  std::string text;
  for (const auto& row : setting_table()) {
    const auto value = row.text(loaded.values);
    const auto origin = loaded.origins.find(row.key);
    const bool is_plain = row.type == "integer" || row.type == "boolean";
    const bool is_masked = row.is_secret && !value.empty();
    text += value.empty() ? "# " + row.key + " is not set" // An empty word is not a value.
                          : row.key + " = "
                              + (is_masked  ? "\"***\""
                                 : is_plain ? value
                                            : toml_text(value));
    text += origin == loaded.origins.end() ? "\n" : "  # " + origin->second + "\n";
  }
  for (const auto& [prefix, properties] :
       {std::pair{"kafka.", &loaded.values.kafka.all},
        std::pair{"kafka.consumer.", &loaded.values.kafka.consumer},
        std::pair{"kafka.producer.", &loaded.values.kafka.producer}})
    for (const auto& [name, value] : *properties)
      if (find_setting(prefix + name) == nullptr)
        text +=
          prefix + name + " = " + (is_secret_name(name) ? "\"***\"" : toml_text(value)) + "\n";
  return text;
}

} // namespace laurel::topology
