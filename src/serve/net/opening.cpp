#include "serve/net/opening.hpp"

#include <array>

namespace upkeep::serve {

// RFC 9113, 3.4. No request of HTTP/1.1 begins like it.
static constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

namespace {

class Opening final : public ProtocolSession, public std::enable_shared_from_this<Opening> {
 public:
  Opening(std::shared_ptr<SocketStream> stream, const Protocols& protocols, OpeningTimes times)
      : stream_(std::move(stream)), protocols_(protocols), times_(times) {}

  void start(std::string_view) override {
    wait_for(times_.handshake);
    stream_->open([self = shared_from_this(), this](bool ok) {
      if (!ok) return stream_->close();
      if (protocols_.http2 && stream_->chose_http2()) return become(protocols_.http2);
      wait_for(times_.first_byte);
      read();
    });
  }
  void wind_down() override {}
  void close_if_idle() override {
    if (count_ == 0 && !stream_->has_unread()) stream_->close();
  }
  void tick() override {
    if (std::chrono::steady_clock::now() > deadline_) stream_->close();
  }

 private:
  void wait_for(std::chrono::seconds time) { deadline_ = std::chrono::steady_clock::now() + time; }

  void read() {
    stream_->receive(std::span(bytes_).subspan(count_), [self = shared_from_this(), this](std::size_t count) {
      if (count == 0) return stream_->close();
      if (count_ == 0) wait_for(times_.handshake);
      count_ += count;
      if (!protocols_.http2 || !kPreface.starts_with(seen())) return become(protocols_.http1);
      if (count_ == kPreface.size()) return become(protocols_.http2);
      read();
    });
  }

  void become(const SessionMaker& make) {
    const std::shared_ptr<ProtocolSession> session = make(stream_);
    stream_->session = session;
    session->start(seen());
  }

  std::string_view seen() const { return {bytes_.data(), count_}; }

  std::shared_ptr<SocketStream> stream_;
  const Protocols& protocols_;
  OpeningTimes times_;
  std::array<char, kPreface.size()> bytes_{};
  std::size_t count_ = 0;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace

std::shared_ptr<ProtocolSession> opening(std::shared_ptr<SocketStream> stream, const Protocols& protocols, OpeningTimes times) {
  return std::make_shared<Opening>(std::move(stream), protocols, times);
}

}  // namespace upkeep::serve
