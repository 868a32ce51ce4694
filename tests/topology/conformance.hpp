#pragma once

#include "actors/ports.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// What every log behind the ports must do, whatever it is made of. The embedded log and a real
/// broker run the same cases, so the pipeline cannot tell them apart.
namespace laurel::tests {

/// A record of an output topic, as a `read_committed` reader sees it.
struct seen_output {
  std::string key;
  std::string value;
  actors::headers headers;

  friend bool operator==(const seen_output&, const seen_output&) = default;
};

/// An empty log of its own for one case. Offsets may begin anywhere and have gaps.
class conformance_world {
public:
  virtual ~conformance_world() = default;

  virtual std::int32_t partitions() const = 0; // At least two.

  /// A feed that gets all partitions. At most one lives at a time, and it dies before the world.
  virtual std::unique_ptr<actors::feed> make_feed() = 0;
  virtual actors::task_log_factory& task_logs() = 0;
  virtual std::unique_ptr<actors::catalog_log> make_catalog() = 0;
  virtual actors::event_appender& appender() = 0;

  /// Everything committed to an output topic's partition so far, in order.
  virtual std::vector<seen_output> outputs(actors::output from, std::int32_t partition) = 0;

  /// The credit of an input of a partition, and by how much one delivery may go beyond it. Cases
  /// that exhaust it append about four times as much.
  virtual std::size_t credit_bytes() const = 0;
  virtual std::size_t delivery_bytes_max() const = 0;

  /// How long to wait for what must happen before the case fails.
  virtual std::chrono::milliseconds patience() const { return std::chrono::seconds(30); }
};

/// One thing that must hold; uses doctest's checks.
struct conformance_case {
  const char* name;
  std::function<void(conformance_world&)> run;
};

// In a test file:
//
//   TEST_CASE("the log keeps the ports' promises") {
//     for (const auto& each : tests::conformance_cases()) {
//       SUBCASE(each.name) {
//         const auto world = make_my_world();
//         each.run(*world);
//       }
//     }
//   }
//
// Link tests/topology/conformance*.cpp, which the layer's test binary does by itself.
std::vector<conformance_case> conformance_cases();

/// What went wrong, for the message of a check; empty if nothing did.
template <class T>
std::string why(const schemas::result<T>& outcome) {
  return outcome ? std::string{} : outcome.error().message;
}

} // namespace laurel::tests
