#include "serve/http2/client_session.hpp"

#include "serve/http2/plain.hpp"
#include "serve/http2/test_peer.hpp"

namespace upkeep::serve {

namespace {

struct ClientTest : testing::Test {
  PlainHttp http{.handler = [](const HttpRequest& request, Responder respond) { respond({.body = std::string(request.body)}); }};
  std::shared_ptr<TestOwner> owner = std::make_shared<TestOwner>();
  Http2Session server{*owner, {}, [this](Http2Session& session, std::int32_t stream, Http2Head head) {
                        return open_plain(http, session, stream, std::move(head));
                      }};
  Http2Client client{20'000'000};

  void talk() {
    for (bool busy = true; busy;) {
      busy = false;
      if (const std::string bytes = client.output(); !bytes.empty()) server.receive(bytes, {}), busy = true;
      while (auto step = owner->take()) (*step)(server), busy = true;
      if (const std::string bytes = server.output({}); !bytes.empty()) busy = client.receive(bytes);
    }
  }
};

TEST_F(ClientTest, SendsAndReceivesMoreThanAWindow) {
  std::string body;
  for (int i = 0; i < 10'000'000; ++i) body += static_cast<char>(i * 31 >> 8);
  const std::int32_t stream = client.request(TestPeer::head("POST", "/"), body);
  talk();
  EXPECT_TRUE(client.reply(stream).closed);
  EXPECT_EQ(client.reply(stream).header(":status"), "200");
  EXPECT_TRUE(client.reply(stream).body == body);
}

TEST_F(ClientTest, AReplyBeyondTheLimitIsCutOff) {
  const std::int32_t stream = client.request(TestPeer::head("POST", "/"), std::string(30'000'000, 'x'));
  talk();
  EXPECT_TRUE(client.reply(stream).closed);
  EXPECT_NE(client.reply(stream).error, 0u);
  EXPECT_LE(client.reply(stream).body.size(), 20'000'000u);
}

TEST_F(ClientTest, KnowsThatTheServerEnds) {
  EXPECT_TRUE(client.open());
  server.announce_drain();
  talk();
  EXPECT_FALSE(client.open());
}

}  // namespace

}  // namespace upkeep::serve
