#include "serve/tracing/traces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "serve/http/listen_http_testing.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {
namespace {

using namespace std::chrono_literals;

InferenceTrace some_trace() {
  const SteadyTime begin{100s};
  return {.context = {.trace = {1, 2}, .parent = 3, .sampled = true},
          .model = "price",
          .version = "4",
          .request_id = "r",
          .arrived = begin,
          .queued = begin + 1us,
          .begun = begin + 11us,
          .joined = begin + 11us,  // alone in its batch: nothing was put together
          .ran = begin + 100us,
          .answered = begin + 120us,
          .batch_rows = 7,
          .error = {}};
}

TEST(Traces, AreOtlpInJson) {
  std::uint64_t id = 10;
  const Json json = Json::parse(otlp_json({some_trace()}, SteadyTime{101s}, 1'700'000'001'000'000'000, [&] { return id++; }));
  const Json& spans = json["resourceSpans"][0]["scopeSpans"][0]["spans"];
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0]["traceId"], "00000000000000010000000000000002");
  EXPECT_EQ(spans[0]["spanId"], "000000000000000a");
  EXPECT_EQ(spans[0]["parentSpanId"], "0000000000000003");
  EXPECT_EQ(spans[0]["name"], "infer price");
  EXPECT_EQ(spans[0]["startTimeUnixNano"], "1700000000000000000");
  EXPECT_EQ(spans[0]["endTimeUnixNano"], "1700000000000120000");
  EXPECT_EQ(spans[0]["attributes"][3]["value"]["intValue"], "7");
  EXPECT_FALSE(spans[0].contains("status"));
  EXPECT_EQ(spans[1]["name"], "queue");
  EXPECT_EQ(spans[1]["parentSpanId"], "000000000000000a");
  EXPECT_EQ(spans[1]["endTimeUnixNano"], "1700000000000011000");
  EXPECT_EQ(spans[2]["name"], "run");
  InferenceTrace failed = some_trace();
  failed.error = "no\xff";
  EXPECT_EQ(
      Json::parse(otlp_json({failed}, {}, 0, [&] { return id++; }))["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["status"]["code"], 2);
}

TEST(Traces, FollowCallersThatSample) {
  Traces none({.endpoint = "http://127.0.0.1:1", .ratio = 0}), all({.endpoint = "http://127.0.0.1:1/", .ratio = 1});
  const std::string sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", not_sampled = sampled.substr(0, 54) + "0";
  EXPECT_TRUE(none.sample(sampled) && all.sample(sampled) && all.sample(""));
  EXPECT_FALSE(none.sample("") || none.sample(not_sampled) || all.sample(not_sampled));
  EXPECT_THROW(Traces({.endpoint = "localhost:4318"}), Error);
}

TEST(Traces, AreSentInBatchesAndTheRestAtTheEnd) {
  std::mutex mutex;
  std::size_t spans = 0;
  const Listener collector = listen_http(at_once([&](const HttpRequest& request) {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(request.path, "/v1/traces");
    spans += Json::parse(request.body)["resourceSpans"][0]["scopeSpans"][0]["spans"].size();
    return HttpResponse{.body = "{}"};
  }));
  {
    Traces traces({.endpoint = "http://127.0.0.1:" + std::to_string(collector.port()), .ratio = 1});
    for (int i = 0; i < 300; ++i) traces.add(some_trace());
  }
  EXPECT_EQ(spans, 900u);
}

TEST(Traces, WithoutACollectorAreDroppedAndSaidOnce) {
  testing::internal::CaptureStderr();
  {
    Traces traces({.endpoint = "http://127.0.0.1:1", .ratio = 1, .most_waiting = 10});
    for (int i = 0; i < 100; ++i) traces.add(some_trace());
    EXPECT_GE(traces.dropped(), 80u);
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("traces are lost"));
}

}  // namespace
}  // namespace upkeep::serve
