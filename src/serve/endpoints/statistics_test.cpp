#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using StatisticsTest = ServeTest;

TEST_F(StatisticsTest, CountsRowsRunsAndFailuresAsNumbers) {
  put("m", shift_model(1));
  ask("POST", "/v2/models/m/infer", R"({"inputs":[{"name":"x","shape":[3,2],"datatype":"FP32","data":[1,2,3,4,5,6]}]})");
  ask("POST", "/v2/models/m/infer", R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})");
  ask("POST", "/v2/models/m/infer", "not json");
  const Json stats = json(200, "GET", "/v2/models/m/stats")["model_stats"][0];
  EXPECT_EQ(stats["name"], "m");
  EXPECT_EQ(stats["version"], "1");
  EXPECT_EQ(stats["inference_count"], 4);
  EXPECT_EQ(stats["execution_count"], 2);
  EXPECT_GT(stats["last_inference"].get<std::int64_t>(), 1'600'000'000'000);
  for (const char* part : {"success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss"}) {
    EXPECT_TRUE(stats["inference_stats"][part]["count"].is_number_unsigned()) << part;
    EXPECT_TRUE(stats["inference_stats"][part]["ns"].is_number_unsigned()) << part;
  }
  EXPECT_EQ(stats["inference_stats"]["success"]["count"], 2);
  EXPECT_EQ(stats["inference_stats"]["fail"]["count"], 1);
  EXPECT_GT(stats["inference_stats"]["compute_infer"]["ns"], 0);
}

TEST_F(StatisticsTest, OfAllModelsOrOfOneVersion) {
  put("a", shift_model(1));
  put("b", shift_model(1));
  EXPECT_EQ(json(200, "GET", "/v2/models/stats")["model_stats"].size(), 2U);
  EXPECT_EQ(json(200, "GET", "/v2/models/b/versions/1/stats")["model_stats"].size(), 1U);
  EXPECT_EQ(ask("GET", "/v2/models/c/stats").status, 404);
}

}  // namespace
}  // namespace upkeep::serve
