#include "serve/net/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

#include "base/format.hpp"
#include "serve/http/listen_http_testing.hpp"
#include "serve/http/test_client.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const HttpHandler kPath = at_once([](const HttpRequest& request) { return HttpResponse{.body = std::string(request.path)}; });

TEST(Listener, APortInUseIsOneClearError) {
  const Listener server = listen_http(kPath);
  try {
    listen_http(kPath, {}, {.addresses = {{.port = server.port()}}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kAlreadyExists);
    EXPECT_THAT(error.what(), HasSubstr(upkeep::format("127.0.0.1:{}: the port is in use", server.port())));
  }
}

TEST(Listener, AnAddressOfAnotherMachineIsRefused) {
  EXPECT_THROW(listen_http(kPath, {}, {.addresses = {{.address = "not an address"}}}), Error);
  EXPECT_THROW(listen_http(kPath, {}, {.addresses = {{.address = "192.0.2.1"}}}), Error);  // RFC 5737: nobody's
}

TEST(Listener, EveryPortSpeaksTheSame) {
  const Listener server = listen_http(kPath, {}, {.addresses = {{}, {}}});
  EXPECT_NE(server.port(0), server.port(1));
  EXPECT_EQ(TestClient(server.port(0)).ask("GET", "/a").body, "/a");
  EXPECT_EQ(TestClient(server.port(1)).ask("GET", "/b").body, "/b");
}

// Says what it was started with, and ends.
class Parrot final : public ProtocolSession, public std::enable_shared_from_this<Parrot> {
 public:
  explicit Parrot(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
  void start(std::string_view received) override {
    said_ = upkeep::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", received.size(), received);
    const std::array<std::string_view, 1> parts{said_};
    stream_->send(parts, [self = shared_from_this()](bool) { self->stream_->close(); });
  }
  void wind_down() override {}
  void close_if_idle() override {}
  void tick() override {}

 private:
  std::shared_ptr<Stream> stream_;
  std::string said_;
};

TEST(Listener, TellsTheProtocolByTheFirstBytes) {
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const Listener server(
      {}, {.http1 = http1({}, kPath), .http2 = [](std::shared_ptr<Stream> stream) { return std::make_shared<Parrot>(std::move(stream)); }});
  TestClient h2(server.port()), h1(server.port()), slow(server.port());
  slow.send(preface.substr(0, 10));
  h2.send(preface + "and more");
  EXPECT_EQ(h2.receive().body, preface);
  EXPECT_EQ(h1.ask("PRINT", "/a").body, "/a");  // begins as the preface does
  slow.send(preface.substr(10));
  EXPECT_EQ(slow.receive().body, preface);
  const Listener old = listen_http(kPath);
  TestClient refused(old.port());
  refused.send(preface);
  EXPECT_EQ(refused.receive().status, 505);
}

TEST(Listener, AConnectionThatNeverAskedMakesRoomFirst) {
  const Listener server = listen_http(kPath, {}, {.max_connections = 3});
  TestClient asked(server.port());
  EXPECT_EQ(asked.ask("GET", "/").status, 200);
  TestClient silent(server.port()), younger(server.port());
  TestClient late(server.port());
  EXPECT_EQ(late.ask("GET", "/late").body, "/late");
  EXPECT_TRUE(silent.ended());
  EXPECT_EQ(asked.ask("GET", "/a").body, "/a");
  EXPECT_EQ(younger.ask("GET", "/y").body, "/y");
  TestClient later(server.port());  // all have asked by now: the one that has been idle the longest goes
  EXPECT_EQ(later.ask("GET", "/later").body, "/later");
  EXPECT_TRUE(late.ended());
}

TEST(Listener, WaitsWhenAllAreBusy) {
  std::mutex mutex;
  std::vector<Responder> open;
  const Listener server = listen_http(
      [&](const HttpRequest&, Responder respond) {
        const std::lock_guard lock(mutex);
        open.push_back(std::move(respond));
      },
      {}, {.max_connections = 2});
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  std::optional<TestClient> one(server.port()), two(server.port());
  one->send(request);
  two->send(request);
  const auto wait_for = [&](std::size_t count) {
    while (true) {
      const std::lock_guard lock(mutex);
      if (open.size() == count) return;
    }
  };
  wait_for(2);
  TestClient three(server.port());
  three.send(request);
  const auto answer = [&](std::size_t i) {
    const std::lock_guard lock(mutex);
    open[i]({.body = "done"});
  };
  answer(0);
  answer(1);
  EXPECT_EQ(one->receive().body, "done");
  EXPECT_EQ(two->receive().body, "done");
  one.reset();
  two.reset();
  wait_for(3);
  answer(2);
  EXPECT_EQ(three.receive().body, "done");
}

TEST(Listener, AnAnswerMayComeWhenItHasEnded) {
  Responder late, dropped;
  std::latch asked(2);
  {
    const Listener server = listen_http([&](const HttpRequest& request, Responder respond) {
      (request.path == "/late" ? late : dropped) = std::move(respond);
      asked.count_down();
    });
    TestClient one(server.port()), two(server.port());
    one.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    two.send("GET /dropped HTTP/1.1\r\nHost: a\r\n\r\n");
    asked.wait();
  }
  late({.body = "nobody hears it"});
  dropped = {};
}

TEST(Listener, ThousandsOfIdleConnectionsKeepNobodyWaiting) {
  const Listener server = listen_http(kPath, {}, {.max_connections = 3000});
  std::vector<TestClient> idle;
  for (int i = 0; i < 2000; ++i) idle.emplace_back(server.port());
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/x").status, 200);
  EXPECT_EQ(idle[1234].ask("GET", "/y").body, "/y");
  EXPECT_GE(server.connections(), 2000u);
}

}  // namespace
}  // namespace upkeep::serve
