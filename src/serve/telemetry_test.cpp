#include "serve/telemetry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

TEST(Telemetry, CountsInferencesByModelVersionAndOutcome) {
  Telemetry telemetry;
  VersionMetrics metrics = telemetry.version("m", 3);
  metrics.count(Outcome::kAnswered, 0.0003);
  metrics.count(Outcome::kAnswered, 0.3);
  metrics.count(Outcome::kRefused, 0.00001);
  const std::string text = telemetry.text();
  EXPECT_THAT(text, HasSubstr(R"(upkeep_inference_requests_total{model="m",outcome="answered",version="3"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_inference_requests_total{model="m",outcome="refused",version="3"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_inference_requests_total{model="m",outcome="failed",version="3"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_inference_duration_seconds_bucket{model="m",version="3",le="0.0005"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_inference_duration_seconds_count{model="m",version="3"} 3)"));
}

TEST(Telemetry, ShowsQueuesAndBatches) {
  Telemetry telemetry;
  telemetry.version("m", 3).count_run(0.002, 8);
  telemetry.waiting("m", 3, 5);
  telemetry.set_aside("m");
  telemetry.registry_reachable(false);
  const std::string text = telemetry.text();
  EXPECT_THAT(text, HasSubstr(R"(upkeep_inference_queue_seconds_bucket{model="m",version="3",le="0.0025"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_inference_batch_rows_bucket{model="m",version="3",le="8"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_inference_queue_requests{model="m",version="3"} 5)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_model_set_aside_total{model="m"} 1)"));
  EXPECT_THAT(text, HasSubstr("upkeep_registry_reachable 0"));
}

TEST(Telemetry, TheSameVersionLoadedAgainGoesOnCounting) {
  Telemetry telemetry;
  telemetry.version("m", 1).count(Outcome::kFailed, 1);
  telemetry.version("m", 1).count(Outcome::kFailed, 1);
  EXPECT_THAT(telemetry.text(), HasSubstr(R"(outcome="failed",version="1"} 2)"));
}

TEST(Telemetry, ReportsTheServerItself) {
  Telemetry telemetry;
  telemetry.request("infer", 200);
  telemetry.in_flight(2);
  telemetry.in_flight(-1);
  telemetry.serving("m", 4);
  telemetry.load_failed("m");
  telemetry.log({.written = 5, .dropped = 1});
  telemetry.log({.written = 7, .dropped = 1, .failed = 2});
  const std::string text = telemetry.text();
  EXPECT_THAT(text, HasSubstr(R"(upkeep_http_requests_total{code="200",endpoint="infer"} 1)"));
  EXPECT_THAT(text, HasSubstr("upkeep_requests_in_flight 1"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_model_version{model="m"} 4)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_model_loads_total{model="m",result="failed"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_prediction_log_records_total{result="written"} 7)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_prediction_log_records_total{result="dropped"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_prediction_log_records_total{result="failed"} 2)"));
  EXPECT_THAT(text, HasSubstr("upkeep_build_info{"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
}

}  // namespace
}  // namespace upkeep::serve
