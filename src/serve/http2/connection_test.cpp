#include "serve/http2/connection.hpp"

#include <nghttp2/nghttp2.h>

#include <optional>

#include "serve/http2/client_session.hpp"
#include "serve/http2/plain.hpp"
#include "serve/http2/test_peer.hpp"

namespace upkeep::serve {

namespace {

// A stream whose other end is the test.
class TestStream : public Stream {
 public:
  void receive(std::span<char> into, Received done) override { reading = into, received = std::move(done); }
  void send(std::span<const std::string_view> parts, Sent done) override {
    for (const std::string_view part : parts) output += part;
    sent = std::move(done);
  }
  void end() override { ended = true; }
  void close() override { closed = true; }
  void post(Step step) override { steps.push_back(std::move(step)); }
  void dispatch(Step step) override { step(); }
  const Peer& peer() const override { return client; }
  bool winding_down() const override { return false; }
  std::uint64_t sent_bytes() const override { return output.size(); }
  bool has_unread() const override { return false; }
  void set_busy(bool is) override { busy = is; }

  void give(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t count = std::min(bytes.size(), reading.size());
      std::copy_n(bytes.data(), count, reading.data());
      bytes.remove_prefix(count);
      std::exchange(received, nullptr)(count);
    }
  }
  // Lets out what is being sent.
  std::string take() {
    std::string all;
    while (!steps.empty() || sent) {
      if (!steps.empty()) {
        Step step = std::move(steps.front());
        steps.pop_front();
        step();
      } else {
        all += std::exchange(output, {});
        std::exchange(sent, nullptr)(true);
      }
    }
    return all + std::exchange(output, {});
  }

  std::span<char> reading;
  Received received;
  Sent sent;
  std::string output;
  std::deque<Step> steps;
  Peer client{.address = "127.0.0.1"};
  bool ended = false, closed = false, busy = false;
};

struct ConnectionTest : testing::Test {
  std::shared_ptr<TestStream> stream = std::make_shared<TestStream>();
  std::optional<Responder> kept;
  PlainHttp http{.handler = [this](const HttpRequest&, Responder respond) { kept.emplace(std::move(respond)); }};
  std::shared_ptr<ProtocolSession> session = speak_http2(
      {}, [this](Http2Session& its, std::int32_t one, Http2Head head) { return open_plain(http, its, one, std::move(head)); })(stream);
  Http2Client client{1 << 20};

  void SetUp() override { session->start(client.output()); }
  void TearDown() override {
    if (stream->received) std::exchange(stream->received, nullptr)(0);
    kept.reset();
    // What the stream still holds holds the session, and that holds the stream.
    stream->received = nullptr, stream->sent = nullptr;
    stream->steps.clear();
  }
  void talk() {
    for (bool busy = true; busy;) {
      busy = false;
      if (const std::string bytes = stream->take(); !bytes.empty()) client.receive(bytes), busy = true;
      if (const std::string bytes = client.output(); !bytes.empty()) stream->give(bytes), busy = true;
    }
  }
};

TEST_F(ConnectionTest, AnswersAndSaysWhetherItIsBusy) {
  const std::int32_t one = client.request(TestPeer::head("GET", "/"), "");
  talk();
  EXPECT_TRUE(stream->busy);
  (*kept)({.body = "answer"});
  talk();
  EXPECT_EQ(client.reply(one).body, "answer");
  EXPECT_FALSE(stream->busy);
  EXPECT_FALSE(stream->ended);
}

TEST_F(ConnectionTest, WindsDownWhenTheLastRequestIsAnswered) {
  const std::int32_t one = client.request(TestPeer::head("GET", "/"), "");
  talk();
  session->wind_down();
  talk();
  EXPECT_FALSE(client.open());
  EXPECT_FALSE(stream->ended);
  (*kept)({.body = "answer"});
  talk();
  EXPECT_EQ(client.reply(one).body, "answer");
  EXPECT_TRUE(stream->ended);
}

TEST_F(ConnectionTest, AnIdleConnectionGivesWay) {
  talk();
  session->close_if_idle();
  talk();
  EXPECT_TRUE(stream->ended);
}

TEST_F(ConnectionTest, ABusyConnectionDoesNot) {
  client.request(TestPeer::head("GET", "/"), "");
  talk();
  session->close_if_idle();
  talk();
  EXPECT_FALSE(stream->ended);
  kept.reset();
}

TEST_F(ConnectionTest, WhatIsNotHttp2EndsIt) {
  stream->give("GET / HTTP/1.1\r\n\r\n");
  talk();
  EXPECT_TRUE(stream->ended);
}

}  // namespace

}  // namespace upkeep::serve
