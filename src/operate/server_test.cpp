#include "upkeep/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/files.hpp"
#include "registry/registry.hpp"
#include "registry/test_models.hpp"
#include "serve/http/test_client.hpp"
#include "upkeep/client.hpp"
#include "upkeep/error.hpp"

namespace upkeep::operate {
namespace {

class PublicServerTest : public testing::Test {
 protected:
  PublicServerTest() {
    upkeep::Registry registry(folder.path());
    registry.promote("m", registry.publish("m", shift_model(10)).version, "production");
  }
  ServerSettings settings() const { return {.registry = folder.path().string(), .handle_signals = false}; }
  TemporaryFolder folder;
};

TEST_F(PublicServerTest, AnswersItsModelsAndTheProgramsOwnEndpoints) {
  ServerSettings with = settings();
  with.endpoints = {{.method = "POST",
                     .path = "/double",
                     .help = "twice what was said",
                     .answer =
                         [](const WebRequest& request) {
                           return WebResponse{.body = std::string(request.body) + std::string(request.body), .content_type = "text/plain"};
                         }},
                    {.path = "/fails", .answer = [](const WebRequest&) -> WebResponse { throw std::runtime_error("no"); }}};
  Server server(std::move(with));
  const Client client({.url = "http://127.0.0.1:" + std::to_string(server.port())});
  EXPECT_THAT(client.infer("m", {{"x", Tensor({1, 2}, std::vector<float>{1, 2})}}).outputs.at("y").floats(), testing::ElementsAre(11, 12));
  serve::TestClient http(server.port());
  EXPECT_EQ(http.ask("POST", "/double", "ab").body, "abab");
  EXPECT_EQ(http.ask("GET", "/double").status, 405);
  EXPECT_EQ(http.ask("GET", "/fails").status, 500);
  EXPECT_THAT(http.ask("GET", "/openapi.json").body, testing::HasSubstr("twice what was said"));
  std::jthread running([&] { server.run(); });
  server.stop();
}

TEST_F(PublicServerTest, RefusesAnEndpointOfItsOwnPaths) {
  ServerSettings with = settings();
  with.endpoints = {{.path = "/metrics", .answer = [](const WebRequest&) { return WebResponse{}; }}};
  EXPECT_THROW(Server{std::move(with)}, Error);
}

TEST_F(PublicServerTest, EndsWithoutBeingRun) {
  Server server(settings());
  server.shut_down();
  EXPECT_THROW(serve::TestClient{server.port()}, std::runtime_error);
}

}  // namespace
}  // namespace upkeep::operate
