#include "serve/net/socket_stream.hpp"

#include <openssl/ssl.h>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "serve/net/certificate_name.hpp"

namespace upkeep::serve {

using asio::ip::tcp;
using Failure = boost::system::error_code;

static constexpr std::size_t kLargeWrite = 1 << 20;  // so often a long answer says how far it is

std::vector<std::shared_ptr<SocketStream>> OpenStreams::all() {
  std::vector<std::shared_ptr<SocketStream>> found;
  const std::lock_guard lock(mutex);
  for (const auto& [_, one] : streams)
    if (auto stream = one.lock()) found.push_back(std::move(stream));
  return found;
}

static std::chrono::steady_clock::rep now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

SocketStream::SocketStream(std::shared_ptr<OpenStreams> open) : open_(std::move(open)), since_(now()) { open_->count.fetch_add(1); }

SocketStream::~SocketStream() {
  const std::lock_guard lock(open_->mutex);
  open_->streams.erase(this);
  open_->count.fetch_sub(1);
  open_->ended.notify_all();
}

void SocketStream::add_to_table() {
  const std::lock_guard lock(open_->mutex);
  open_->streams.emplace(this, weak_from_this());
}

void SocketStream::set_busy(bool busy) {
  if (busy) asked_.store(true, std::memory_order_relaxed);
  else since_.store(now(), std::memory_order_relaxed);
  busy_.store(busy, std::memory_order_relaxed);
}

namespace {

// The parts of one send(), which live as long as it.
struct Parts {
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  const_iterator first = nullptr, last = nullptr;
  const_iterator begin() const { return first; }
  const_iterator end() const { return last; }
};

// What plain sockets and TLS over them have in common. A Layer reads and writes; lowest() is its socket.
template <typename Layer>
class LayerStream : public SocketStream {
 public:
  template <typename... More>
  LayerStream(std::shared_ptr<OpenStreams> open, tcp::socket socket, More&... more)
      : SocketStream(std::move(open)), layer_(std::move(socket), more...) {
    Failure failure;
    lowest().set_option(tcp::no_delay(true), failure);
    const tcp::endpoint remote = lowest().remote_endpoint(failure);
    if (failure) return;
    peer_.address = remote.address().is_v6() && remote.address().to_v6().is_v4_mapped()
                        ? asio::ip::make_address_v4(asio::ip::v4_mapped, remote.address().to_v6()).to_string()
                        : remote.address().to_string();
    peer_.port = remote.port();
  }

  void receive(std::span<char> into, Received done) override {
    layer_.async_read_some(asio::buffer(into.data(), into.size()),
                           [done = std::move(done)](const Failure& failure, std::size_t count) mutable { done(failure ? 0 : count); });
  }

  void send(std::span<const std::string_view> parts, Sent done) override {
    parts_.clear();
    for (const std::string_view part : parts) parts_.emplace_back(part.data(), part.size());
    const auto progress = [this, before = sent_](const Failure& failure, std::size_t count) -> std::size_t {
      sent_ = before + count;
      return failure ? 0 : kLargeWrite;
    };
    asio::async_write(layer_, Parts{parts_.data(), parts_.data() + parts_.size()}, progress,
                      [done = std::move(done)](const Failure& failure, std::size_t) mutable { done(!failure); });
  }

  void close() override {
    Failure failure;
    lowest().close(failure);
  }

  void post(Step step) override {
    if (!stopped()) asio::post(layer_.get_executor(), std::move(step));
  }
  void dispatch(Step step) override {
    if (!stopped()) asio::dispatch(layer_.get_executor(), std::move(step));
  }

  bool has_unread() const override {
    Failure failure;
    return lowest().available(failure) > 0;
  }

 protected:
  tcp::socket& lowest() { return static_cast<tcp::socket&>(layer_.lowest_layer()); }
  const tcp::socket& lowest() const { return static_cast<const tcp::socket&>(layer_.lowest_layer()); }

  Layer layer_;

 private:
  std::vector<asio::const_buffer> parts_;
};

class PlainStream final : public LayerStream<tcp::socket> {
 public:
  using LayerStream::LayerStream;
  void open(Opened done) override {
    post([done = std::move(done)]() mutable { done(true); });
  }
  bool chose_http2() const override { return false; }
  void end() override {
    Failure failure;
    layer_.shutdown(tcp::socket::shutdown_send, failure);
  }
};

class TlsStream final : public LayerStream<asio::ssl::stream<tcp::socket>> {
 public:
  TlsStream(std::shared_ptr<OpenStreams> open, tcp::socket socket, std::shared_ptr<asio::ssl::context> context)
      : LayerStream(std::move(open), std::move(socket), *context), context_(std::move(context)) {
    peer_.secure = true;
  }

  void open(Opened done) override {
    layer_.async_handshake(asio::ssl::stream_base::server, [this, done = std::move(done)](const Failure& failure) mutable {
      if (!failure) peer_.certificate = certificate_name(layer_.native_handle());
      done(!failure);
    });
  }

  bool chose_http2() const override {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(const_cast<TlsStream*>(this)->layer_.native_handle(), &name, &size);
    return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
  }

  // The close_notify of TLS, then the end of the socket's own sending. A client that does not answer the notice keeps nothing.
  void end() override {
    layer_.async_shutdown([self = shared_from_this(), this](const Failure&) {
      Failure failure;
      lowest().shutdown(tcp::socket::shutdown_send, failure);
    });
  }

 private:
  std::shared_ptr<asio::ssl::context> context_;
};

}  // namespace

std::shared_ptr<SocketStream> plain_stream(tcp::socket socket, std::shared_ptr<OpenStreams> open) {
  return std::make_shared<PlainStream>(std::move(open), std::move(socket));
}

std::shared_ptr<SocketStream> tls_stream(tcp::socket socket, std::shared_ptr<OpenStreams> open,
                                         std::shared_ptr<asio::ssl::context> context) {
  return std::make_shared<TlsStream>(std::move(open), std::move(socket), std::move(context));
}

}  // namespace upkeep::serve
