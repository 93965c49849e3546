// A raw HTTP/1.1 client for tests: it sends exactly the bytes it is told, so that it can also misbehave.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/format.hpp"

namespace upkeep::serve {

struct Reply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string header(const std::string& name) const { return headers.contains(name) ? headers.at(name) : std::string(); }
};

class TestClient {
 public:
  explicit TestClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~TestClient() {
    if (socket_ >= 0) ::close(socket_);
  }
  TestClient(TestClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

  // False: the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void send_no_more() const { ::shutdown(socket_, SHUT_WR); }

  // Throws std::runtime_error when the connection ends first.
  Reply receive(bool with_body = true) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) fill();
    Reply reply = parse_head(std::string_view(buffer_).substr(0, end));
    buffer_.erase(0, end + 4);
    const std::string length = reply.header("content-length");
    const std::size_t size = with_body && !length.empty() ? std::stoul(length) : 0;
    while (buffer_.size() < size) fill();
    reply.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return reply;
  }

  Reply ask(std::string_view method, std::string_view path, std::string_view body = {}, std::string_view headers = {}) {
    std::string request = upkeep::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}", method, path, headers);
    if (!body.empty() || method == "POST") request += upkeep::format("Content-Length: {}\r\n", body.size());
    request += "\r\n";
    request += body;
    if (!send(request)) throw std::runtime_error("the server closed the connection");
    return receive(method != "HEAD");
  }

  // True when the server ends the connection; false when it says something first.
  bool ended() {
    char byte = 0;
    return buffer_.empty() && ::recv(socket_, &byte, 1, 0) <= 0;
  }

 private:
  void fill() {
    char bytes[65536];
    const ssize_t count = ::recv(socket_, bytes, sizeof(bytes), 0);
    if (count <= 0) throw std::runtime_error("the connection ended before the reply");
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }

  static Reply parse_head(std::string_view head) {
    Reply reply;
    const std::string_view line = head.substr(0, head.find("\r\n"));
    std::from_chars(line.data() + 9, line.data() + line.size(), reply.status);
    while (head.find("\r\n") != std::string_view::npos) {
      head.remove_prefix(head.find("\r\n") + 2);
      const std::string_view field = head.substr(0, head.find("\r\n"));
      const std::size_t colon = field.find(": ");
      std::string name(field.substr(0, colon));
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      reply.headers[name] = field.substr(colon + 2);
    }
    return reply;
  }

  int socket_;
  std::string buffer_;
};

}  // namespace upkeep::serve
