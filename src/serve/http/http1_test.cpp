#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "base/format.hpp"
#include "serve/http/listen_http_testing.hpp"
#include "serve/http/test_client.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Says back what it was asked.
HttpResponse say_back(const HttpRequest& request) {
  return {.body = upkeep::format("{} {} {}", request.method, request.path, request.body),
          .content_type = "text/plain",
          .headers = {{"X-Seen", std::string(request.header("x-test"))}}};
}

const HttpHandler echo = at_once(say_back);

const HttpOptions kSmall{.max_body_bytes = 1000};

TEST(Http1, AnswersAndKeepsTheConnection) {
  const Listener server = listen_http(echo, kSmall);
  TestClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    const Reply reply = client.ask("POST", "/a%20b/c?query=1", "body", "X-TEST: yes\r\n");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "POST /a b/c body");
    EXPECT_EQ(reply.header("x-seen"), "yes");
    EXPECT_EQ(reply.header("content-type"), "text/plain");
    EXPECT_EQ(reply.header("connection"), "");
    EXPECT_THAT(reply.header("server"), HasSubstr("upkeep/"));
    EXPECT_THAT(reply.header("date"), HasSubstr("GMT"));
  }
}

TEST(Http1, ClosesWhenTheClientAsksToAndAfterHttp10) {
  const Listener server = listen_http(echo, kSmall);
  TestClient client(server.port());
  EXPECT_EQ(client.ask("GET", "/", "", "Connection: close\r\n").header("connection"), "close");
  EXPECT_TRUE(client.ended());
  TestClient old(server.port());
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().status, 200);
  EXPECT_TRUE(old.ended());
}

TEST(Http1, AnswersPipelinedRequestsInOrder) {
  const Listener server = listen_http(echo, kSmall);
  TestClient client(server.port());
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += upkeep::format("POST /{} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", i);
  client.send(requests);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.receive().body, upkeep::format("POST /{} hi", i));
}

TEST(Http1, TakesARequestByteByByte) {
  const Listener server = listen_http(echo, kSmall);
  TestClient client(server.port());
  for (const char byte : std::string("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")) client.send(std::string(1, byte));
  EXPECT_EQ(client.receive().body, "POST /x abc");
}

TEST(Http1, TakesChunkedBodies) {
  const Listener server = listen_http(echo, kSmall);
  TestClient client(server.port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "POST /x abcde");
}

TEST(Http1, SaysContinueToAClientThatWaitsForIt) {
  const Listener server = listen_http(echo, kSmall);
  TestClient client(server.port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("abc");
  EXPECT_EQ(client.receive().body, "POST /x abc");
}

TEST(Http1, AnswersHeadWithoutTheBody) {
  const Listener server = listen_http(echo, kSmall);
  TestClient client(server.port());
  const Reply reply = client.ask("HEAD", "/x");
  EXPECT_EQ(reply.header("content-length"), std::to_string(std::string("HEAD /x ").size()));
  EXPECT_EQ(client.ask("GET", "/y").body, "GET /y ");  // nothing was left in between
}

TEST(Http1, RefusesWhatIsTooLargeBeforeReadingIt) {
  const Listener server = listen_http(echo, kSmall);
  TestClient client(server.port());
  const Reply reply = client.ask("POST", "/", std::string(100'000, 'x'));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.body, R"({"error":"the body is larger than 1000 bytes"})");
  EXPECT_EQ(reply.header("connection"), "close");
  TestClient chunked(server.port());
  chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + std::string(2048, 'x') + "\r\n");
  EXPECT_EQ(chunked.receive().status, 413);
  TestClient headers(server.port());
  headers.send("GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(headers.receive().status, 431);
}

TEST(Http1, OutlivesWhatIsNotHttp) {
  const Listener server = listen_http(echo, kSmall);
  for (const std::string_view hostile :
       {"GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x01", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n-2\r\nxxxxxxxx",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    TestClient client(server.port());
    client.send(hostile);
    client.send("\r\n\r\n");
    const int status = client.receive().status;
    EXPECT_TRUE(status == 400 || status == 413 || status == 505) << hostile << " -> " << status;
  }
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/x").status, 200);
}

TEST(Http1, SurvivesClientsThatGoAwayInTheMiddle) {
  const Listener server = listen_http(echo, kSmall);
  for (int i = 0; i < 50; ++i) TestClient(server.port()).send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nhalf");
  for (int i = 0; i < 50; ++i) TestClient(server.port()).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/x").status, 200);
}

TEST(Http1, AnswersFromAnotherThreadWhileOthersAreServed) {
  std::mutex mutex;
  std::vector<std::jthread> threads;
  std::latch go(1);
  const Listener server = listen_http([&](const HttpRequest& request, Responder respond) {
    if (request.path == "/quick") return respond(say_back(request));
    const std::lock_guard lock(mutex);
    threads.emplace_back([&go, &request, respond = std::move(respond)]() mutable {
      go.wait();
      respond(say_back(request));
    });
  });
  std::vector<std::unique_ptr<TestClient>> slow;  // more than the server has threads
  for (int i = 0; i < 4; ++i) {
    slow.push_back(std::make_unique<TestClient>(server.port()));
    slow.back()->send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/quick").status, 200);
  go.count_down();
  for (auto& client : slow) EXPECT_EQ(client->receive().body, "GET /slow ");
}

TEST(Http1, ADroppedResponderClosesTheConnection) {
  const Listener server = listen_http([](const HttpRequest&, const Responder&) {});
  TestClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(client.ended());
}

TEST(Http1, SendsLargeAnswersWhole) {
  const std::string large(5'000'000, 'x');
  const Listener server = listen_http(at_once([&](const HttpRequest&) { return HttpResponse{.body = large}; }));
  TestClient client(server.port());
  EXPECT_EQ(client.ask("GET", "/").body, large);
  EXPECT_EQ(client.ask("GET", "/").body.size(), large.size());
}

TEST(Http1, DrainingAnswersWhatIsHereAndTakesNothingNew) {
  std::latch running(1);
  std::atomic<bool> go = false;
  Listener server = listen_http(at_once([&](const HttpRequest& request) {
    if (request.path == "/slow") {
      running.count_down();
      go.wait(false);
    }
    return say_back(request);
  }));
  TestClient slow(server.port()), idle(server.port()), half(server.port());
  EXPECT_EQ(idle.ask("GET", "/").status, 200);
  half.send("POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
  slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  running.wait();
  std::jthread release([&] {
    while (true) {  // until the door is closed
      try {
        TestClient late(server.port());
      } catch (const std::runtime_error&) {
        break;
      }
    }
    go = true;
    go.notify_all();
    half.send("cd");
  });
  EXPECT_TRUE(server.drain(20s));
  const Reply reply = slow.receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("connection"), "close");
  EXPECT_EQ(half.receive().body, "POST /half abcd");
  EXPECT_TRUE(idle.ended());
  EXPECT_THROW(TestClient(server.port()), std::runtime_error);
}

TEST(Http1, DrainingGivesUpAfterItsTime) {
  Listener server = listen_http(echo, kSmall);
  TestClient half(server.port());
  half.send("POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/").status, 200);  // by now the half request has been read
  EXPECT_FALSE(server.drain(400ms));
}

TEST(Http1, EndsKeepAliveOnDemandButGoesOnAnswering) {
  Listener server = listen_http(echo, kSmall);
  TestClient client(server.port());
  EXPECT_EQ(client.ask("GET", "/").header("connection"), "");
  server.wind_down();
  EXPECT_EQ(client.ask("GET", "/").header("connection"), "close");
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/").status, 200);
}

TEST(Http1, ClosesWhatStaysSilentForTooLong) {
  const HttpOptions hasty{.idle_timeout = 1s, .header_timeout = 1s, .stall_timeout = 1s};
  const Listener server = listen_http(echo, hasty, {.first_byte_timeout = 1s});
  TestClient idle(server.port()), slow(server.port());
  slow.send("GET / HT");
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(slow.ended());
}

TEST(Http1, ABodyByDropsIsGivenUp) {
  const Listener server = listen_http(echo, {.stall_timeout = 1s});
  TestClient client(server.port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  const std::jthread drops([&](const std::stop_token& stop) {  // never silent for as long as the limit
    while (!stop.stop_requested() && client.send("x")) std::this_thread::sleep_for(100ms);
  });
  EXPECT_TRUE(client.ended());
}

TEST(Http1, SeesThatTheClientHasLeftWhileItsAnswerIsMade) {
  std::mutex mutex;
  std::shared_ptr<const std::atomic<bool>> gone;
  std::vector<Responder> open;
  std::latch asked(1);
  const Listener server = listen_http([&](const HttpRequest& request, Responder respond) {
    const std::lock_guard lock(mutex);
    gone = request.gone;
    open.push_back(std::move(respond));
    asked.count_down();
  });
  {
    TestClient client(server.port());
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\n");  // a part of the next request has come already
    asked.wait();
    const std::lock_guard lock(mutex);
    EXPECT_FALSE(*gone);
  }
  const auto begin = std::chrono::steady_clock::now();
  while (!*gone && std::chrono::steady_clock::now() < begin + 5s) std::this_thread::yield();
  EXPECT_TRUE(*gone);
  const std::lock_guard lock(mutex);
  open.clear();
}

TEST(Http1, AnswersAClientThatHasEndedItsOwnSide) {
  const Listener server = listen_http(echo);
  TestClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  client.send_no_more();
  EXPECT_EQ(client.receive().body, "GET /a ");
  EXPECT_TRUE(client.ended());
}

TEST(Http1, SplitsThePathBeforeItIsDecoded) {
  const Listener server = listen_http(at_once([](const HttpRequest& request) {
    std::string text = upkeep::format("{}|{}", request.peer->address, request.query);
    for (const std::string_view part : request.parts) (text += '|') += part;
    return HttpResponse{.body = text};
  }));
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/v2/m%2Fready/x?a=%2F").body, "127.0.0.1|a=%2F|v2|m/ready|x");
  EXPECT_EQ(TestClient(server.port()).ask("GET", "http://elsewhere/v2/x").body, "127.0.0.1||v2|x");
}

}  // namespace
}  // namespace upkeep::serve
