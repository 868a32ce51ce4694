#pragma once

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace laurel::tests {

/// A TCP connection to a port of this machine that sends and receives bytes as they are.
class raw_client {
public:
  explicit raw_client(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~raw_client() { ::close(socket_); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  /// False if the other side has gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void end_of_sending() { ::shutdown(socket_, SHUT_WR); }

  /// All that comes until the other side ends the connection, or until `text` has come.
  std::string receive(std::string_view text = {}) {
    constexpr int patience_ms = 20'000;
    std::string answer;
    char buffer[4096];
    pollfd waits{socket_, POLLIN, 0};
    while (text.empty() || answer.find(text) == std::string::npos) {
      if (::poll(&waits, 1, patience_ms) <= 0)
        return answer + "<nothing more came>";
      const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0)
        return answer;
      answer.append(buffer, static_cast<std::size_t>(got));
    }
    return answer;
  }

private:
  int socket_;
};

/// Sends `bytes` on a connection of its own and returns all that comes back.
inline std::string exchange(std::uint16_t port, std::string_view bytes) {
  raw_client client(port);
  client.send(bytes);
  client.end_of_sending();
  return client.receive();
}

} // namespace laurel::tests
