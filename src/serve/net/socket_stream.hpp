// Streams over sockets, plain or TLS, and the table of those that are open. Private to this folder.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "serve/net/stream.hpp"

namespace upkeep::serve {

namespace asio = boost::asio;

class SocketStream;

// A listener's event loop and its streams, which keep it: an answer may still be under way when the listener has ended.
struct OpenStreams {
  asio::io_context context{};
  std::atomic<bool> stopped{false};  // nobody runs the loop any more: steps are dropped
  std::atomic<bool> winding_down{false};
  std::atomic<std::size_t> count{0};
  std::mutex mutex{};               // of what follows
  std::condition_variable ended{};  // a stream has, or the doors were closed
  bool doors_closed = false;
  std::unordered_map<SocketStream*, std::weak_ptr<SocketStream>> streams{};

  // Held beyond the lock: what is held here last ends here, and a stream that ends takes the lock.
  std::vector<std::shared_ptr<SocketStream>> all();
};

class SocketStream : public Stream, public std::enable_shared_from_this<SocketStream> {
 public:
  using Opened = std::move_only_function<void(bool ok)>;

  explicit SocketStream(std::shared_ptr<OpenStreams> open);
  ~SocketStream() override;
  void add_to_table();

  virtual void open(Opened done) = 0;  // the handshake of TLS
  virtual bool chose_http2() const = 0;

  const Peer& peer() const override { return peer_; }
  bool winding_down() const override { return open_->winding_down.load(std::memory_order_relaxed); }
  std::uint64_t sent_bytes() const override { return sent_; }
  void set_busy(bool busy) override;

  // Any thread.
  struct Idleness {
    bool idle, asked;
    std::chrono::steady_clock::rep since;
  };
  Idleness idleness() const { return {.idle = !busy_, .asked = asked_, .since = since_}; }

  std::weak_ptr<ProtocolSession> session;  // in a step of the stream

 protected:
  Peer peer_;
  std::uint64_t sent_ = 0;

  bool stopped() const { return open_->stopped.load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<OpenStreams> open_;
  std::atomic<bool> busy_{false}, asked_{false};
  std::atomic<std::chrono::steady_clock::rep> since_;
};

std::shared_ptr<SocketStream> plain_stream(asio::ip::tcp::socket socket, std::shared_ptr<OpenStreams> open);
// `context` is kept alive by the stream.
std::shared_ptr<SocketStream> tls_stream(asio::ip::tcp::socket socket, std::shared_ptr<OpenStreams> open,
                                         std::shared_ptr<asio::ssl::context> context);

}  // namespace upkeep::serve
