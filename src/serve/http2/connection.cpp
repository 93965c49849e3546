#include "serve/http2/connection.hpp"

#include <array>

namespace upkeep::serve {

using namespace std::chrono_literals;

// A client that is told of the end has this long to send what it had begun.
static constexpr auto kHttp2Grace = 250ms;
// And this long to read the last bytes: closing at once with unread bytes of the client's in the socket would take them with it.
static constexpr auto kHttp2Linger = 2s;
static constexpr std::size_t kHttp2Read = 64 << 10;
static constexpr std::size_t kHttp2IdleRead = 8 << 10;  // an idle connection holds no more than this

namespace {

class Http2Connection : public ProtocolSession, public Http2Owner {
 public:
  Http2Connection(std::shared_ptr<Stream> stream, const Http2Options& options, const Http2Opener& opener)
      : stream_(std::move(stream)), options_(options), session_(*this, options_.limits, opener) {}

  void start(std::string_view received) override {
    active_ = now();
    session_.receive(received, active_);
    read();
    advance();
    if (stream_->winding_down()) wind_down();
  }

  void wind_down() override {
    if (std::exchange(winding_down_, true)) return;
    drain_at_ = now() + kHttp2Grace;
    session_.announce_drain();
    advance();
  }

  void close_if_idle() override {
    if (session_.streams() > 0 || stream_->has_unread()) return;
    session_.drain();
    closing_ = true;
    advance();
  }

  void tick() override {
    const auto time = now();
    if (lingering_ && time >= linger_until_) return stream_->close();
    if (sending_ && stream_->sent_bytes() != sent_) sent_ = stream_->sent_bytes(), sent_at_ = time;
    if (sending_ && time - sent_at_ > options_.stall_timeout) return stream_->close();
    if (session_.streams() > 0) active_ = time;
    if (time - active_ > options_.idle_timeout) close_if_idle();
    if (winding_down_ && time >= drain_at_) session_.drain();
    session_.tick(time);
    advance();
  }

  void post(std::move_only_function<void(Http2Session&)> step) override {
    stream_->post([self = keep(), step = std::move(step)]() mutable {
      step(self->session_);
      self->advance();
    });
  }

  const Peer& peer() const override { return stream_->peer(); }

 private:
  static Http2Session::Time now() { return std::chrono::steady_clock::now(); }
  std::shared_ptr<Http2Connection> keep() { return std::static_pointer_cast<Http2Connection>(shared_from_this()); }

  void read() {
    const std::size_t size = session_.streams() > 0 ? kHttp2Read : kHttp2IdleRead;
    if (input_.size() != size) input_ = std::string(size, '\0');
    stream_->receive(input_, [self = keep()](std::size_t count) {
      if (count == 0) return self->stream_->close();
      self->session_.receive(std::string_view(self->input_).substr(0, count), now());
      self->read();
      self->advance();
    });
  }

  // Sends what there is, one piece after another, and ends the connection when nothing is left.
  void advance() {
    stream_->set_busy(session_.streams() > 0);
    if (sending_) return;
    output_ = session_.output(now());
    if (output_.empty()) {
      if (session_.ended() || (closing_ && session_.streams() == 0)) linger();
      return;
    }
    sending_ = true;
    sent_ = stream_->sent_bytes();
    sent_at_ = now();
    const std::array<std::string_view, 1> parts{output_};
    stream_->send(parts, [self = keep()](bool whole) {
      self->sending_ = false;
      if (!whole) return self->stream_->close();
      self->advance();
    });
  }

  void linger() {
    if (std::exchange(lingering_, true)) return;
    linger_until_ = now() + kHttp2Linger;
    stream_->end();
  }

  std::shared_ptr<Stream> stream_;
  Http2Options options_;
  Http2Session session_;
  std::string input_, output_;
  bool sending_ = false, closing_ = false, winding_down_ = false, lingering_ = false;
  std::uint64_t sent_ = 0;
  Http2Session::Time active_{}, sent_at_{}, drain_at_{}, linger_until_{};
};

}  // namespace

SessionMaker speak_http2(Http2Options options, Http2Opener opener) {
  return [options, opener = std::move(opener)](std::shared_ptr<Stream> stream) {
    return std::make_shared<Http2Connection>(std::move(stream), options, opener);
  };
}

}  // namespace upkeep::serve
