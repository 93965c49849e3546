// A registry with models, and the service over it, without any transport: what the endpoints' tests ask.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

#include "base/files.hpp"
#include "registry/test_models.hpp"
#include "serve/explaining/explaining.hpp"
#include "serve/http/target.hpp"
#include "serve/service.hpp"

namespace upkeep::serve {

inline constexpr std::size_t kMaxBody = 1 << 20;

class ServeTest : public testing::Test {
 protected:
  // Publishes a model and points the alias at it.
  std::int64_t put(const std::string& name, const Model& model) {
    const ModelVersion made = registry.publish(name, model);
    registry.promote(name, made.version, "production");
    return made.version;
  }

  void start(PredictionLog* log = nullptr, EngineOptions options = {}) {
    options.registry = folder.path();
    engine.emplace(options, telemetry);
    inference.emplace(log);
    if (!explained.models.empty()) explaining.emplace(folder.path(), explained);
    service.emplace(endpoints::Context{.engine = *engine,
                                       .inference = *inference,
                                       .telemetry = telemetry,
                                       .log = log,
                                       .keeper = nullptr,
                                       .draining = draining,
                                       .explaining = explaining ? &*explaining : nullptr},
                    kMaxBody);
  }

  HttpResponse ask(std::string_view method, std::string_view path, std::string_view body = {},
                   std::vector<std::pair<std::string_view, std::string_view>> headers = {}) {
    if (!service) start();
    Target target;
    if (!target.parse(path)) throw std::invalid_argument("no path");
    std::promise<HttpResponse> answer;
    service->handle({.method = method, .path = target.path(), .body = body, .headers = std::move(headers), .parts = target.parts()},
                    [&](HttpResponse response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  }

  // The answer's JSON, which must come with this status.
  Json json(int status, std::string_view method, std::string_view path, std::string_view body = {}) {
    const HttpResponse response = ask(method, path, body);
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.content_type, "application/json");
    return Json::parse(response.body);
  }

  // A version whose artefact is damaged after it was published.
  std::int64_t put_broken(const std::string& name, const Model& model) {
    const ModelVersion made = registry.publish(name, model);
    std::ofstream(registry.artifact_path(made), std::ios::app) << "damage";
    registry.promote(name, made.version, "production");
    return made.version;
  }

  TemporaryFolder folder;
  Registry registry{folder.path()};
  Telemetry telemetry;
  std::atomic<bool> draining{false};
  ExplainingOptions explained;
  std::optional<Inference> inference;
  std::optional<Explaining> explaining;
  std::optional<Engine> engine;  // ends before what its threads use
  std::optional<Service> service;
};

}  // namespace upkeep::serve
