#include "topology/app.hpp"

#include "topology/event_export.hpp"
#include "topology/kafka/topics.hpp"
#include "topology/log.hpp"
#include "topology/offline_gateway.hpp"
#include "topology/open_log.hpp"
#include "topology/replay.hpp"
#include "topology/serve.hpp"

namespace laurel::topology {

namespace {

/// For commands: what they have to say is their answer, so only trouble is logged.
std::unique_ptr<actors::journal> quiet_log(const settings& values) {
  auto how = values.log;
  if (how.level == "info")
    how.level = "error";
  return make_log(how, values.pipeline.instance_id);
}

class laurel_application final : public cli::application {
public:
  int serve(const cli::serve_request& what, cli::console& terminal) override {
    const auto journal = make_log(what.values.log, what.values.pipeline.instance_id);
    return topology::serve(what, terminal, *journal);
  }

  schemas::result<cli::replay_summary> replay(const cli::replay_request& what, std::istream& in,
                                              std::ostream& out) override {
    const auto journal = quiet_log(what.values);
    return topology::replay(what, in, out, *journal);
  }

  schemas::result<void> export_events(const settings& values,
                                      std::span<const schemas::input> inputs,
                                      std::ostream& out) override {
    const auto journal = quiet_log(values);
    return topology::export_events(values, inputs, out, *journal);
  }

  schemas::result<std::unique_ptr<api::gateway>> open(const settings& values) override {
    return offline_gateway::open(values, quiet_log(values));
  }

  schemas::result<std::vector<std::string>> create_topics(const settings& values,
                                                          std::int32_t replicas) override {
    const auto journal = quiet_log(values);
    const auto partitions = values.pipeline.partition_count;
    const auto made =
      kafka::create_topics(kafka_settings(values, journal.get()), partitions, replicas);
    if (!made)
      return tl::unexpected{made.error()};
    std::vector<std::string> lines;
    for (const auto& topic : *made)
      lines.push_back(topic.name + (topic.existed ? ": was there, left as it is" : ": created"));
    return lines;
  }

  schemas::result<std::vector<std::string>> verify_topics(const settings& values) override {
    const auto journal = quiet_log(values);
    const auto report = kafka::verify_topics(kafka_settings(values, journal.get()));
    if (!report)
      return tl::unexpected{report.error()};
    std::vector<std::string> lines;
    for (const auto& fault : report->faults)
      lines.push_back(fault.topic + ": " + fault.what + "; " + fault.cure);
    return lines;
  }
};

} // namespace

std::unique_ptr<cli::application> make_application() {
  return std::make_unique<laurel_application>();
}

} // namespace laurel::topology
