#include "serve/http2/session.hpp"

#include "serve/http2/test_peer.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

namespace {

// Answers every request with `answer`, at once, and keeps what came.
struct Echo {
  std::string answer = "answer";
  std::vector<std::string> paths;
  std::string body;
  bool hold = false;  // bodies are not taken
  int ended = 0;

  Http2Opener opener() {
    return [this](Http2Session& session, std::int32_t stream, Http2Head head) {
      paths.push_back(head.path);
      return std::make_unique<One>(*this, session, stream);
    };
  }

  struct One : Http2Stream {
    One(Echo& all_in, Http2Session& session_in, std::int32_t stream_in) : all(all_in), session(session_in), stream(stream_in) {}
    ~One() override { ++all.ended; }
    void receive(std::string_view bytes) override {
      all.body += bytes;
      if (all.hold) return;
      session.open_window(stream, bytes.size());
      session.release(stream, bytes.size());
    }
    void finish() override {
      session.respond(stream, 200, {{"content-type", "text/plain"}}, true);
      session.write(stream, all.answer);
      session.finish(stream, {{"x-trailer", "last"}});
    }
    Echo& all;
    Http2Session& session;
    std::int32_t stream;
  };
};

constexpr auto kCalm = static_cast<std::uint32_t>(Http2Error::kEnhanceYourCalm);

void expect_calm(TestPeer& peer) {
  peer.take(peer.session.output(peer.now));
  ASSERT_FALSE(peer.goaways.empty());
  EXPECT_EQ(peer.goaways.back().second, kCalm);
  EXPECT_TRUE(peer.session.ended());
}

// A frame as it stands on the wire.
std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes;
  for (const int shift : {16, 8, 0}) bytes += static_cast<char>(payload.size() >> shift);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(stream >> shift);
  return bytes.append(payload);
}

TEST(Http2Session, AnswersWithBodyAndTrailers) {
  Echo app;
  TestPeer peer(app.opener());
  const std::int32_t stream = peer.request(TestPeer::head("POST", "/a"), "body");
  peer.talk();
  EXPECT_THAT(app.paths, ElementsAre("/a"));
  EXPECT_EQ(app.body, "body");
  const PeerReply& reply = peer.replies[stream];
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.body, "answer");
  EXPECT_EQ(reply.headers.at("x-trailer"), "last");
  EXPECT_TRUE(reply.closed);
  EXPECT_EQ(reply.error, 0u);
  EXPECT_EQ(app.ended, 1);
  EXPECT_EQ(peer.session.streams(), 0u);
}

TEST(Http2Session, CarriesLargeBodiesBothWays) {
  Echo app;
  for (int i = 0; i < 30'000'000; ++i) app.answer += static_cast<char>(i * 31 >> 8);
  TestPeer peer(app.opener());
  const std::int32_t stream = peer.request(TestPeer::head("POST", "/"), app.answer);
  peer.talk();
  EXPECT_TRUE(app.body == app.answer);
  EXPECT_TRUE(peer.replies[stream].body == app.answer);
}

TEST(Http2Session, StreamsShareAConnection) {
  Echo app;
  TestPeer peer(app.opener());
  std::vector<std::int32_t> streams;
  for (int i = 0; i < 250; ++i) streams.push_back(peer.get("/" + std::to_string(i)));  // the client waits where 100 are open
  peer.talk();
  for (const std::int32_t stream : streams) EXPECT_EQ(peer.replies[stream].body, "answer");
  EXPECT_EQ(app.ended, 250);
}

TEST(Http2Session, ABodyThatNobodyTakesStopsAtTheWindow) {
  Echo app;
  app.hold = true;
  TestPeer peer(app.opener(), {.stream_window = 100'000});
  peer.request(TestPeer::head("POST", "/"), std::string(1'000'000, 'x'));
  peer.talk();
  EXPECT_EQ(app.body.size(), 100'000u);
}

TEST(Http2Session, HeldBytesOfAllStreamsAreBounded) {
  Echo app;
  app.hold = true;
  TestPeer peer(app.opener(), {.max_held_bytes = 250'000, .stream_window = 100'000});
  std::vector<std::int32_t> streams;
  for (int i = 0; i < 4; ++i) streams.push_back(peer.request(TestPeer::head("POST", "/"), std::string(90'000, 'x'), false));
  peer.talk();
  EXPECT_EQ(peer.replies[streams[2]].error, kCalm);  // 270,000 bytes would be held
  EXPECT_LE(app.body.size(), 370'000u);
}

TEST(Http2Session, AReaderThatStallsLeavesTheAnswerWhereItIs) {
  Echo app;
  app.answer = std::string(10'000'000, 'x');
  TestPeer peer(app.opener(), {}, 70'000);
  peer.stalled = true;
  const std::int32_t stream = peer.get("/");
  peer.talk();
  EXPECT_EQ(peer.replies[stream].body.size(), 65'535u);  // the connection's window
  EXPECT_EQ(peer.session.unsent(stream), 10'000'000u - 65'535u);
  peer.now += 31s;
  peer.session.tick(peer.now);
  peer.talk();
  EXPECT_EQ(peer.session.streams(), 0u);
  EXPECT_EQ(peer.replies[stream].error, static_cast<std::uint32_t>(Http2Error::kCancel));
}

TEST(Http2Session, NewRequestsAreRefusedWhileAnswersThatNobodyReadsFillTheLimit) {
  Echo app;
  app.answer = std::string(300'000, 'x');
  TestPeer peer(app.opener(), {.max_held_bytes = 500'000});
  peer.stalled = true;
  std::vector<std::int32_t> streams;
  for (int i = 0; i < 5; ++i) streams.push_back(peer.get("/"));
  peer.talk();
  EXPECT_LE(app.paths.size(), 3u);
  EXPECT_EQ(peer.replies[streams[4]].error, static_cast<std::uint32_t>(Http2Error::kRefusedStream));
}

TEST(Http2Session, TellsWhenTheClientCancels) {
  Echo app;
  TestPeer peer(app.opener());
  const std::int32_t stream = peer.request(TestPeer::head("POST", "/"), "begun", false);
  peer.talk();
  EXPECT_EQ(app.ended, 0);
  nghttp2_submit_rst_stream(peer.client, 0, stream, NGHTTP2_CANCEL);
  peer.talk();
  EXPECT_EQ(app.ended, 1);
  peer.session.write(stream, "late");  // nobody minds
  peer.session.finish(stream);
  peer.talk();
}

TEST(Http2Session, HeadersBeyondTheLimitAreMarkedAndNotKept) {
  Http2Head seen;
  TestPeer peer([&](Http2Session& session, std::int32_t stream, Http2Head head) {
    seen = std::move(head);
    session.respond(stream, 431, {}, false);
    return nullptr;
  });
  Http2Headers headers = TestPeer::head("GET", "/");
  for (int i = 0; i < 20; ++i) headers.emplace_back("x-" + std::to_string(i), std::string(1000, 'x'));
  const std::int32_t stream = peer.request(headers);
  peer.talk();
  EXPECT_TRUE(seen.too_large);
  EXPECT_LT(seen.headers.size(), 17u);
  EXPECT_EQ(peer.replies[stream].status(), 431);
}

TEST(Http2Session, ABombOfIndexedHeadersEndsTheConnection) {
  Echo app;
  TestPeer peer(app.opener());
  peer.talk();
  // One literal of 4,000 bytes enters the table (index 62); each further byte 0xbe names it again.
  std::string block = "\x40\x01x\x7f\xa1\x1e" + std::string(4000, 'y') + std::string(12'000, '\xbe');
  peer.session.receive(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, block), peer.now);
  expect_calm(peer);
  EXPECT_TRUE(app.paths.empty());
}

TEST(Http2Session, AFloodOfContinuationsEndsTheConnection) {
  Echo app;
  TestPeer peer(app.opener());
  peer.talk();
  peer.session.receive(frame(NGHTTP2_HEADERS, 0, 1, "\x82"), peer.now);
  for (int i = 0; i < 20; ++i) peer.session.receive(frame(NGHTTP2_CONTINUATION, 0, 1, "\x82"), peer.now);
  expect_calm(peer);
}

TEST(Http2Session, AFloodOfPingsEndsTheConnection) {
  Echo app;
  TestPeer peer(app.opener());
  peer.talk();
  for (int i = 0; i < 600; ++i) peer.session.receive(frame(NGHTTP2_PING, 0, 0, "12345678"), peer.now);
  expect_calm(peer);
}

TEST(Http2Session, PingsNowAndThenAreWelcome) {
  Echo app;
  TestPeer peer(app.opener());
  for (int i = 0; i < 2000; ++i) {
    nghttp2_submit_ping(peer.client, 0, nullptr);
    peer.now += 50ms;
    peer.talk();
  }
  EXPECT_TRUE(peer.goaways.empty());
}

TEST(Http2Session, AFloodOfSettingsEndsTheConnection) {
  Echo app;
  TestPeer peer(app.opener());
  peer.talk();
  for (int i = 0; i < 60; ++i) peer.session.receive(frame(NGHTTP2_SETTINGS, 0, 0, ""), peer.now);
  expect_calm(peer);
}

TEST(Http2Session, AFloodOfEmptyFramesEndsTheConnection) {
  Echo app;
  TestPeer peer(app.opener());
  const std::int32_t stream = peer.request(TestPeer::head("POST", "/"), "x", false);
  peer.talk();
  for (int i = 0; i < 200; ++i) peer.session.receive(frame(NGHTTP2_DATA, 0, static_cast<std::uint32_t>(stream), ""), peer.now);
  expect_calm(peer);
}

TEST(Http2Session, RapidResetsEndTheConnection) {
  Echo app;
  TestPeer peer(app.opener());
  peer.talk();
  for (int i = 0; i < 1000 && peer.goaways.empty(); ++i) {
    const std::int32_t stream = peer.request(TestPeer::head("POST", "/"), "x", false);
    peer.session.receive(peer.client_bytes(), peer.now);
    nghttp2_submit_rst_stream(peer.client, 0, stream, NGHTTP2_CANCEL);
    peer.session.receive(peer.client_bytes(), peer.now);
    if (peer.session.ended()) break;
  }
  peer.take(peer.session.output(peer.now));
  ASSERT_EQ(peer.goaways.size(), 1u);
  EXPECT_EQ(peer.goaways.back().second, kCalm);
  EXPECT_LE(app.paths.size(), 510u);
}

// CVE-2025-8671: a client that makes the server reset its streams is no better than one that resets them itself.
TEST(Http2Session, StreamsThatAreMadeToFailCountAsResets) {
  Echo app;
  TestPeer peer(app.opener());
  peer.talk();
  for (int i = 0; i < 1000 && peer.goaways.empty(); ++i) {
    const std::int32_t stream = peer.request(TestPeer::head("POST", "/"), "x", false);
    peer.session.receive(peer.client_bytes(), peer.now);
    peer.session.receive(frame(NGHTTP2_WINDOW_UPDATE, 0, static_cast<std::uint32_t>(stream), std::string("\x7f\xff\xff\xff", 4)), peer.now);
    peer.take(peer.session.output(peer.now));
  }
  ASSERT_FALSE(peer.goaways.empty());
  EXPECT_EQ(peer.goaways.back().second, kCalm);
  EXPECT_LE(app.paths.size(), 510u);
}

TEST(Http2Session, WhatIsNotHttp2EndsTheConnection) {
  Echo app;
  TestPeer peer(app.opener());
  peer.session.receive("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", peer.now);
  peer.take(peer.session.output(peer.now));
  EXPECT_TRUE(peer.session.ended());
}

TEST(Http2Session, DrainsInTwoSteps) {
  Echo app;
  TestPeer peer(app.opener());
  const std::int32_t running = peer.request(TestPeer::head("POST", "/running"), "x", false);
  peer.talk();
  peer.session.announce_drain();
  const std::int32_t on_its_way = peer.get("/on-its-way");  // sent before the client has heard of the end
  peer.session.receive(peer.client_bytes(), peer.now);
  peer.talk();
  EXPECT_THAT(peer.goaways, ElementsAre(Pair(0x7fffffff, 0u), Pair(on_its_way, 0u)));
  EXPECT_EQ(peer.replies[on_its_way].body, "answer");
  EXPECT_FALSE(peer.session.ended());
  peer.more(running, "y", true);
  peer.talk();
  EXPECT_EQ(peer.replies[running].body, "answer");
  EXPECT_TRUE(peer.session.ended());
}

TEST(Http2Session, HeadersThatNeverEndAreNotWaitedFor) {
  Echo app;
  TestPeer peer(app.opener());
  peer.talk();
  peer.session.receive(frame(NGHTTP2_HEADERS, 0, 1, "\x82"), peer.now);
  peer.now += 11s;
  peer.session.tick(peer.now);
  expect_calm(peer);
}

TEST(Http2Session, ABodyThatStallsEndsItsStreamAlone) {
  Echo app;
  TestPeer peer(app.opener());
  const std::int32_t stalls = peer.request(TestPeer::head("POST", "/"), "x", false);
  peer.talk();
  peer.now += 31s;
  peer.session.tick(peer.now);
  const std::int32_t other = peer.get("/");
  peer.talk();
  EXPECT_EQ(peer.replies[stalls].error, static_cast<std::uint32_t>(Http2Error::kCancel));
  EXPECT_EQ(peer.replies[other].body, "answer");
}

}  // namespace

}  // namespace upkeep::serve
