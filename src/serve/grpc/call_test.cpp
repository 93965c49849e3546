#include "serve/grpc/call.hpp"

#include "serve/http2/test_peer.hpp"
#include "serve/protocol/content_encoding.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

// Keeps what it is told; answers as the test wants it.
struct Recorded {
  std::vector<std::string> messages;
  bool ended = false, full = false, streams = true;
  GrpcCall* call = nullptr;
};

class RecordingMethod : public GrpcMethod {
 public:
  explicit RecordingMethod(Recorded& seen) : seen_(seen) {}
  void message(GrpcCall& call, std::string bytes) override {
    seen_.call = &call;
    seen_.messages.push_back(std::move(bytes));
  }
  void finish(GrpcCall& call) override {
    seen_.call = &call;
    seen_.ended = true;
  }
  bool full() const override { return seen_.full; }
  bool streams() const override { return seen_.streams; }

 private:
  Recorded& seen_;
};

struct GrpcCallTest : testing::Test {
  Recorded seen;
  std::shared_ptr<const std::atomic<bool>> gone;
  TestPeer peer{[this](Http2Session& session, std::int32_t stream, Http2Head head) {
                  auto call = std::make_unique<GrpcCall>(session, stream, head, 1 << 20, std::make_unique<RecordingMethod>(seen));
                  seen.call = call.get();
                  gone = call->asker().caller.gone;
                  return call;
                },
                {.stream_window = 70'000}};

  std::int32_t call(const std::string& body, bool whole = true, Http2Headers more = {}) {
    Http2Headers headers = TestPeer::head("POST", "/a.B/C");
    headers.emplace_back("content-type", "application/grpc");
    headers.insert(headers.end(), more.begin(), more.end());
    const std::int32_t stream = peer.request(headers, body, whole);
    peer.talk();
    return stream;
  }
};

TEST_F(GrpcCallTest, MessagesComeAndGoAndTheStatusIsTheTrailer) {
  const std::int32_t stream = call(grpc_frame("one", "") + grpc_frame("two", ""));
  EXPECT_THAT(seen.messages, testing::ElementsAre("one", "two"));
  EXPECT_TRUE(seen.ended);
  seen.call->send(grpc_frame("answer", ""));
  seen.call->finish({});
  peer.talk();
  const PeerReply& reply = peer.replies[stream];
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.headers.at("content-type"), "application/grpc");
  EXPECT_EQ(reply.headers.at("grpc-status"), "0");
  EXPECT_EQ(reply.body, grpc_frame("answer", ""));
}

TEST_F(GrpcCallTest, ACallThatIsRefusedHasHeadersAlone) {
  const std::int32_t stream = call(grpc_frame("one", ""));
  seen.call->finish({.code = GrpcCode::kUnavailable, .message = "too much\n", .retry_after_s = 2});
  peer.talk();
  const PeerReply& reply = peer.replies[stream];
  EXPECT_EQ(reply.headers.at("grpc-status"), "14");
  EXPECT_EQ(reply.headers.at("grpc-message"), "too much%0A");
  EXPECT_EQ(reply.headers.at("grpc-retry-pushback-ms"), "2000");
  EXPECT_TRUE(reply.closed);
  EXPECT_TRUE(gone->load());
}

TEST_F(GrpcCallTest, AnswersAreCompressedAsTheRequestsAre) {
  const std::string text(5000, 'x');
  const std::int32_t stream = call(grpc_frame(text, "gzip"), true, {{"grpc-encoding", "gzip"}, {"grpc-accept-encoding", "identity, gzip"}});
  EXPECT_THAT(seen.messages, testing::ElementsAre(text));
  seen.call->send(seen.call->reply().frame(text));
  seen.call->finish({});
  peer.talk();
  const PeerReply& reply = peer.replies[stream];
  EXPECT_EQ(reply.headers.at("grpc-encoding"), "gzip");
  EXPECT_EQ(reply.body[0], 1);
  EXPECT_EQ(decompress(reply.body.substr(kGrpcPrefix), "gzip", 5000), text);
}

TEST_F(GrpcCallTest, AMessageThatIsTooLargeEndsTheCallAtItsPrefix) {
  const std::int32_t stream = call("\0\x10\0\0\1"s, false);
  EXPECT_EQ(peer.replies[stream].headers.at("grpc-status"), "8");
  EXPECT_TRUE(peer.replies[stream].closed);
}

TEST_F(GrpcCallTest, AMessageThatEndsEarlyIsAnError) {
  const std::int32_t stream = call("\0\0\0\0\5abc"s);
  EXPECT_EQ(peer.replies[stream].headers.at("grpc-status"), "13");
}

TEST_F(GrpcCallTest, MessagesLargerThanTheWindowArrive) {
  const std::string text(1 << 20, 'x');
  call(grpc_frame(text, ""));
  EXPECT_THAT(seen.messages, testing::ElementsAre(text));
}

TEST_F(GrpcCallTest, AMethodThatIsFullHoldsTheClientBack) {
  seen.full = true;
  std::string body;
  for (int i = 0; i < 100; ++i) body += grpc_frame(std::string(9995, 'x'), "");
  call(body);
  EXPECT_TRUE(seen.messages.empty());
  EXPECT_EQ(peer.outs.back()->sent, 70'000u);
  seen.full = false;
  seen.call->take_more();
  peer.talk();
  EXPECT_EQ(seen.messages.size(), 100u);
  EXPECT_TRUE(seen.ended);
}

TEST_F(GrpcCallTest, AClientThatReadsNothingIsNotServedOn) {
  peer.stalled = true;
  call(grpc_frame("one", ""), false);
  seen.call->send(grpc_frame(std::string(2 << 20, 'x'), ""));
  peer.talk();
  peer.more(1, grpc_frame("two", ""), false);
  peer.talk();
  EXPECT_THAT(seen.messages, testing::ElementsAre("one"));
}

TEST_F(GrpcCallTest, ADeadlineEndsTheCall) {
  const std::int32_t stream = call(grpc_frame("one", ""), false, {{"grpc-timeout", "1n"}});
  peer.session.tick(peer.now);
  peer.talk();
  EXPECT_EQ(peer.replies[stream].headers.at("grpc-status"), "4");
}

TEST_F(GrpcCallTest, AnAnswerFromAnotherThreadMayComeWhenTheCallIsOver) {
  const std::int32_t stream = call(grpc_frame("one", ""), false);
  const GrpcReply reply = seen.call->reply();
  nghttp2_submit_rst_stream(peer.client, 0, stream, NGHTTP2_CANCEL);
  peer.talk();
  EXPECT_TRUE(gone->load());
  reply.post([](GrpcCall&) { FAIL(); });
  peer.talk();
}

}  // namespace

}  // namespace upkeep::serve
