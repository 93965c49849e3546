#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;
using MetricsTest = ServeTest;

TEST_F(MetricsTest, ShowLatencyByModelAndVersionAndTheLog) {
  put("m", shift_model(1));
  const TemporaryFolder logs;
  PredictionLog log({.folder = logs.path()});
  start(&log);
  ask("POST", "/v2/models/m/infer", R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})");
  log.flush();
  const HttpResponse response = ask("GET", "/metrics");
  EXPECT_THAT(response.content_type, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(response.body, HasSubstr(R"(upkeep_inference_duration_seconds_bucket{model="m",version="1",le="+Inf"} 1)"));
  EXPECT_THAT(response.body, HasSubstr(R"(upkeep_inference_requests_total{model="m",outcome="answered",version="1"} 1)"));
  EXPECT_THAT(response.body, HasSubstr(R"(upkeep_prediction_log_records_total{result="written"} 1)"));
  EXPECT_THAT(response.body, HasSubstr(R"(upkeep_model_version{model="m"} 1)"));
  EXPECT_THAT(response.body, HasSubstr("upkeep_build_info{"));
}

}  // namespace
}  // namespace upkeep::serve
