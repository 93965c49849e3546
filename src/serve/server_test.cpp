#include "serve/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <set>
#include <thread>

#include "base/files.hpp"
#include "base/process.hpp"
#include "log/reader.hpp"
#include "registry/registry.hpp"
#include "registry/test_models.hpp"
#include "serve/http/test_client.hpp"

namespace upkeep {
namespace {

using namespace std::chrono_literals;
using serve::Reply;
using serve::TestClient;
using testing::HasSubstr;

constexpr std::string_view kBody = R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[0,1]}]})";

ServerOptions options_for(const std::filesystem::path& registry) { return {.registry = registry, .http_port = 0, .poll_ms = 5}; }

// Version n answers x + n, so that every answer shows which version made it.
void publish_next(Registry& registry, int version) {
  const ModelVersion made = registry.publish("m", shift_model(static_cast<float>(version)));
  registry.promote("m", made.version, "production");
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() { publish_next(registry, 1); }
  TemporaryFolder folder;
  Registry registry{folder / "registry"};
  std::filesystem::path log = folder / "registry" / "log";
};

TEST_F(ServerTest, AnswersOverHttp) {
  Server server(options_for(folder / "registry"));
  TestClient client(server.port());
  EXPECT_EQ(client.ask("GET", "/v2/health/live").body, R"({"live":true})");
  EXPECT_EQ(client.ask("GET", "/v2/health/ready").body, R"({"ready":true,"live":true})");
  const Reply reply = client.ask("POST", "/v2/models/m/infer", kBody);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Json::parse(reply.body)["outputs"][0]["data"], (Json{1.0, 2.0}));
  EXPECT_EQ(client.ask("POST", "/v2/models/nobody/infer", kBody).status, 404);
  EXPECT_THAT(client.ask("GET", "/metrics").body,
              HasSubstr(R"(upkeep_inference_requests_total{model="m",outcome="answered",version="1"} 1)"));
}

TEST_F(ServerTest, RefusesABodyThatIsTooLargeInJson) {
  ServerOptions options = options_for(folder / "registry");
  options.max_body_bytes = 1000;
  Server server(options);
  const Reply reply = TestClient(server.port()).ask("POST", "/v2/models/m/infer", std::string(2000, 'x'));
  EXPECT_EQ(reply.status, 413);
  EXPECT_TRUE(Json::parse(reply.body).contains("error"));
}

TEST_F(ServerTest, StopsWhenToldTo) {
  Server server(options_for(folder / "registry"));
  const std::uint16_t port = server.port();
  std::jthread stopper([&] { server.stop(); });
  server.run();
  EXPECT_THROW(TestClient{port}, std::runtime_error);
}

TEST_F(ServerTest, APortInUseIsOneClearError) {
  Server server(options_for(folder / "registry"));
  ServerOptions options = options_for(folder / "registry");
  options.http_port = server.port();
  try {
    Server second(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kAlreadyExists);
    EXPECT_THAT(error.what(), HasSubstr("the port is in use"));
  }
}

TEST_F(ServerTest, AFolderWithoutARegistryIsAnError) { EXPECT_THROW(Server(options_for(folder / "nothing")), Error); }

TEST_F(ServerTest, MayLogNothing) {
  ServerOptions options = options_for(folder / "registry");
  options.log_predictions = false;
  {
    EXPECT_EQ(TestClient(Server(options).port()).ask("GET", "/v2").status, 200);
  }
  EXPECT_FALSE(std::filesystem::exists(log));
}

// --- promotions under load -----------------------------------------------------------------------------------------

struct Load {
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0}, wrong{0};
  std::atomic<std::int64_t> newest{0};

  // Asks until told to stop. Versions may only go up, and each answer must be its version's.
  void run(std::uint16_t port) {
    TestClient client(port);
    std::int64_t last = 0;
    while (!stop) {
      const Reply reply = client.ask("POST", "/v2/models/m/infer", kBody);
      const Json body = Json::parse(reply.body, nullptr, false);
      const bool well = reply.status == 200 && body.is_object();
      const std::int64_t version = well ? std::stoll(body["model_version"].get<std::string>()) : 0;
      if (!well || version < last || body["outputs"][0]["data"][0] != static_cast<double>(version)) {
        ++wrong;
        ADD_FAILURE() << reply.status << " " << reply.body << ", version " << last << " answered before";
      }
      last = version;
      ++answered;
      std::int64_t known = newest;
      while (known < version && !newest.compare_exchange_weak(known, version)) continue;
    }
  }
};

TEST_F(ServerTest, FiftyPromotionsUnderLoadFailNoRequest) {
  Server server(options_for(folder / "registry"));
  Load load;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i) clients.emplace_back([&] { load.run(server.port()); });
  for (int version = 2; version <= 51; ++version) {
    publish_next(registry, version);
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (load.newest < version && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    ASSERT_GE(load.newest, version);
  }
  load.stop = true;
  clients.clear();
  EXPECT_EQ(load.wrong, 0);
  EXPECT_GE(load.answered, 50);
  RecordProperty("answered", load.answered);
}

// --- a server of its own process ------------------------------------------------------------------------------------

constexpr const char* kServeVariable = "UPKEEP_TEST_SERVE";

// Not a test: what the child process of the tests below runs.
TEST(ServerProcess, DISABLED_Serves) {
  const char* registry = std::getenv(kServeVariable);
  ASSERT_NE(registry, nullptr);
  ServerOptions options = options_for(registry);
  options.lame_duck_ms = std::atoi(std::getenv("UPKEEP_TEST_LAME_DUCK"));
  Server server(options);
  std::cout << "port " << server.port() << std::endl;
  server.run();
}

class ServerInChild {
 public:
  explicit ServerInChild(const std::filesystem::path& registry, int lame_duck_ms = 0)
      : child_({std::filesystem::read_symlink("/proc/self/exe").string(), "--gtest_filter=ServerProcess.DISABLED_Serves",
                "--gtest_also_run_disabled_tests"},
               {{kServeVariable, registry.string()}, {"UPKEEP_TEST_LAME_DUCK", std::to_string(lame_duck_ms)}}) {
    std::string line;
    while (!line.starts_with("port ")) line = child_.read_line(60s);
    port_ = static_cast<std::uint16_t>(std::stoi(line.substr(5)));
  }
  std::uint16_t port() const { return port_; }
  ChildProcess& process() { return child_; }

 private:
  ChildProcess child_;
  std::uint16_t port_ = 0;
};

struct Answers {
  std::set<std::string> ids;
  int lost = 0;
};

// Asks until nobody listens any more. A request on a connection that had answered before must not be lost.
Answers ask_until_refused(std::uint16_t port) {
  Answers answers;
  while (true) {
    bool fresh = true;
    try {
      TestClient client(port);
      for (std::string connection; connection != "close";) {
        const Reply reply = client.ask("POST", "/v2/models/m/infer", kBody);
        if (reply.status != 200) ++answers.lost;
        answers.ids.insert(Json::parse(reply.body)["id"].get<std::string>());
        connection = reply.header("connection");
        fresh = false;
      }
    } catch (const std::runtime_error&) {
      if (!fresh) ++answers.lost;
      return answers;
    }
  }
}

TEST_F(ServerTest, SigtermLosesNoRequestLogsThemAllAndExitsWithZero) {
  ServerInChild server(folder / "registry");
  std::vector<Answers> answers(4);
  std::vector<std::jthread> clients;
  for (Answers& mine : answers) clients.emplace_back([&] { mine = ask_until_refused(server.port()); });
  TestClient watcher(server.port());
  while (watcher.ask("GET", "/metrics").body.find("outcome=\"answered\",version=\"1\"} 0") != std::string::npos) continue;
  server.process().signal(SIGTERM);
  clients.clear();
  EXPECT_EQ(server.process().wait(60s), 0);
  std::set<std::string> ids;
  for (Answers& mine : answers) {
    EXPECT_EQ(mine.lost, 0);
    ids.merge(mine.ids);
  }
  EXPECT_GT(ids.size(), 0U);
  const Table table = read_predictions(log, "m");
  EXPECT_EQ(std::set<std::string>(table.column("request_id").strings().begin(), table.column("request_id").strings().end()), ids);
}

TEST_F(ServerTest, IsUnreadyBeforeItStopsAnswering) {
  ServerInChild server(folder / "registry", 60'000);
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/v2/health/ready").status, 200);
  server.process().signal(SIGINT);
  while (TestClient(server.port()).ask("GET", "/v2/health/ready").status == 200) continue;
  const Reply reply = TestClient(server.port()).ask("POST", "/v2/models/m/infer", kBody);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("connection"), "close");
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/v2/health/live").status, 200);
  server.process().signal(SIGKILL);
}

}  // namespace
}  // namespace upkeep
