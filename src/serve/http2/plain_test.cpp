#include "serve/http2/plain.hpp"

#include "serve/http2/test_peer.hpp"

namespace upkeep::serve {

namespace {

struct PlainTest : testing::Test {
  PlainHttp http{.handler =
                     [this](const HttpRequest& request, Responder respond) {
                       seen = std::string(request.method) + " " + std::string(request.path) + " " + std::string(request.body);
                       host = request.header("Host");
                       gone = request.gone;
                       if (keep) kept = std::move(respond);
                       else respond({.body = "{}", .headers = {{"X-Kind", "test"}, {"Connection", "close"}}});
                     },
                 .max_body_bytes = 1000};
  TestPeer peer{
      [this](Http2Session& session, std::int32_t stream, Http2Head head) { return open_plain(http, session, stream, std::move(head)); }};
  std::string seen, host;
  bool keep = false;
  Responder kept;
  std::shared_ptr<const std::atomic<bool>> gone;
};

TEST_F(PlainTest, RequestsReachTheHandlerOfHttp) {
  const std::int32_t stream = peer.request(TestPeer::head("POST", "/v2/a%20b?query"), "body");
  peer.talk();
  EXPECT_EQ(seen, "POST /v2/a b body");
  EXPECT_EQ(host, "localhost");
  const PeerReply& reply = peer.replies[stream];
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.body, "{}");
  EXPECT_EQ(reply.headers.at("content-type"), "application/json");
  EXPECT_EQ(reply.headers.at("content-length"), "2");
  EXPECT_EQ(reply.headers.at("x-kind"), "test");
  EXPECT_FALSE(reply.headers.contains("connection"));
}

TEST_F(PlainTest, HeadHasNoBody) {
  const std::int32_t stream = peer.request(TestPeer::head("HEAD", "/"));
  peer.talk();
  EXPECT_EQ(peer.replies[stream].headers.at("content-length"), "2");
  EXPECT_EQ(peer.replies[stream].body, "");
  EXPECT_TRUE(peer.replies[stream].closed);
}

TEST_F(PlainTest, LargeBodiesAreRefusedBeforeTheyCome) {
  Http2Headers headers = TestPeer::head("POST", "/");
  headers.emplace_back("content-length", "1001");
  const std::int32_t announced = peer.request(headers, std::string(1001, 'x'));
  const std::int32_t simply_sent = peer.request(TestPeer::head("POST", "/"), std::string(1001, 'x'));
  const std::int32_t just_fits = peer.request(TestPeer::head("POST", "/"), std::string(1000, 'x'));
  peer.talk();
  EXPECT_EQ(peer.replies[announced].status(), 413);
  EXPECT_EQ(peer.replies[simply_sent].status(), 413);
  EXPECT_EQ(peer.replies[simply_sent].body, R"({"error":"the body is larger than 1000 bytes"})");
  EXPECT_EQ(peer.replies[just_fits].status(), 200);
}

TEST_F(PlainTest, AnswersComeLater) {
  keep = true;
  const std::int32_t stream = peer.get("/");
  peer.talk();
  EXPECT_FALSE(peer.replies[stream].closed);
  kept({.status = 503, .body = "later"});
  peer.talk();
  EXPECT_EQ(peer.replies[stream].status(), 503);
  EXPECT_EQ(peer.replies[stream].body, "later");
}

TEST_F(PlainTest, AResponderThatIsDroppedResetsTheStream) {
  keep = true;
  const std::int32_t stream = peer.get("/");
  peer.talk();
  kept = nullptr;
  peer.talk();
  EXPECT_EQ(peer.replies[stream].error, static_cast<std::uint32_t>(Http2Error::kInternal));
}

TEST_F(PlainTest, SaysThatTheClientHasLeft) {
  keep = true;
  const std::int32_t stream = peer.get("/");
  peer.talk();
  EXPECT_FALSE(gone->load());
  nghttp2_submit_rst_stream(peer.client, 0, stream, NGHTTP2_CANCEL);
  peer.talk();
  EXPECT_TRUE(gone->load());
  kept({.body = "nobody listens"});
  peer.talk();
}

TEST_F(PlainTest, ContinueIsSaidWhenAskedFor) {
  Http2Headers headers = TestPeer::head("POST", "/");
  headers.emplace_back("expect", "100-continue");
  const std::int32_t stream = peer.request(headers, "body", false);
  peer.talk();
  EXPECT_EQ(peer.replies[stream].status(), 100);
  peer.more(stream, "", true);
  peer.talk();
  EXPECT_EQ(peer.replies[stream].status(), 200);
}

}  // namespace

}  // namespace upkeep::serve
