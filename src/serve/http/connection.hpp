// One connection of HTTP/1.1: reads requests, one after another, and writes their answers. Private to this folder.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "serve/http/chunks.hpp"
#include "serve/http/head.hpp"
#include "serve/http/http1.hpp"
#include "serve/http/inbox.hpp"
#include "serve/http/target.hpp"

namespace upkeep::serve {

// What all connections share.
struct HttpShared {
  HttpOptions options;
  HttpHandler handler;
};

class Connection final : public ProtocolSession, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Stream> stream, std::shared_ptr<const HttpShared> shared);
  void start(std::string_view received) override;
  void wind_down() override {}  // the next answer says it
  void close_if_idle() override;
  void tick() override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  class OpenRequest;
  enum class Phase { kIdle, kHead, kBody, kAnswering, kWriting, kLingering };

  void enter(Phase phase);
  void read();
  void received(std::size_t count);
  void ended();
  void next_request();
  void read_more_of_head();
  void begin_body(std::size_t head_size);
  void read_more_of_body();
  std::expected<bool, BadHead> take_body();
  void say_continue();
  void refuse(const BadHead& problem);
  void answer();
  void respond(HttpResponse response);
  void write_head(bool keep_alive);
  void send(HttpResponse response, bool keep_alive, bool with_body);
  void linger();

  std::shared_ptr<Stream> stream_;
  std::shared_ptr<const HttpShared> shared_;
  Inbox inbox_;
  bool reading_ = false;  // a receive() is under way
  bool ended_ = false;    // the client has closed its side, or both
  Phase phase_ = Phase::kIdle;
  Time deadline_, phase_began_;
  std::uint64_t progress_ = 0;     // bytes of the body or of the response so far
  std::uint64_t sent_before_ = 0;  // bytes of the stream when the phase began
  HeadFinder finder_;
  std::string head_text_, body_;
  Head head_;
  Target target_;
  std::optional<Chunks> chunks_;
  HttpRequest request_;
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
  std::string response_head_;
  HttpResponse response_;
};

}  // namespace upkeep::serve
