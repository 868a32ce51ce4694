#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace laurel::test {

/// A real Apache Kafka broker in a directory of its own, for as long as this object lives; it also
/// ends if the test process dies. `tests/integration/kafka/broker.sh` does the work and takes the
/// same environment (KAFKA_VERSION and others). Throws with the script's words if it cannot start:
/// a test that needs a broker and has none has failed, not passed.
class broker {
public:
  /// `config`: further lines for server.properties.
  explicit broker(const std::string& config = {});
  ~broker();
  broker(const broker&) = delete;
  broker& operator=(const broker&) = delete;

  /// The one that all tests of a process share.
  static broker& shared();

  /// "host:port".
  const std::string& address() const { return address_; }

  /// A name that no other test of this broker uses.
  std::string unique(std::string_view stem);

  /// Ends it as a power cut would; `restart` brings it back at the same address.
  void kill();
  void restart();

  /// Stops it from doing anything, as a machine that hangs; its connections stay. And back again.
  void freeze();
  void thaw();

private:
  std::string run(const std::string& arguments) const;
  void signal(int number) const;

  std::filesystem::path directory_;
  std::string config_;
  std::string address_;
  std::uint64_t names_ = 0;
};

} // namespace laurel::test
