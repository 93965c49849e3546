// One client connection: reads requests, one after another, and writes their answers. Its socket's strand runs one of its steps at a time,
// on any thread. Private to this folder.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "serve/http/http_server.hpp"

namespace upkeep::serve {

namespace asio = boost::asio;
namespace beast = boost::beast;

class Connection;

// What all connections of a server share.
struct Shared {
  HttpServerOptions options;
  HttpHandler handler;
  std::atomic<bool> closing{false};  // no keep-alive any more
  std::atomic<std::size_t> connections{0};
  std::mutex mutex{};               // of what follows
  std::condition_variable ended{};  // a connection has, or the door was closed
  bool door_closed = false;
  std::unordered_map<Connection*, std::weak_ptr<Connection>> open{};
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, Shared& shared);
  ~Connection();
  void start();
  void post(void (Connection::*act)());  // any thread; runs after what the connection does now
  void close_if_late();
  void close_if_idle();

 private:
  enum class Phase { kIdle, kHeader, kBody, kAnswering, kWriting, kLingering };

  void enter(Phase phase);
  void next_request();
  void read();
  void parse();
  void refuse(const boost::system::error_code& failure);
  void answer();
  void send(HttpResponse response, bool keep_alive, bool with_body);
  void linger();
  void discard();
  void close();

  asio::ip::tcp::socket socket_;
  Shared& shared_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  bool continued_ = false;  // 100 Continue was sent
  std::string path_;        // decoded
  HttpRequest request_;
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
  std::string head_;
  HttpResponse response_;
  Phase phase_ = Phase::kIdle;
  std::chrono::steady_clock::time_point deadline_;
};

// "/a%20b?c" -> "/a b"; false when an escape is broken.
bool decode_path(std::string_view target, std::string& path);

}  // namespace upkeep::serve
