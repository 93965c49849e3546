#include "analyze/search_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/onnx.hpp"

namespace upkeep {

namespace {

SearchCandidate candidate(const std::string& name, double accuracy, double bytes, double ms, Judgement judgement) {
  SearchCandidate made{.name = name, .steps = {name}, .verdict = Verdict{}, .problem = {}, .model = {}};
  made.verdict->findings = {{.what = "accuracy",
                             .before = 0.9,
                             .after = accuracy,
                             .change = accuracy - 0.9,
                             .low = -0.02,
                             .high = 0.01,
                             .limit = -0.01,
                             .judgement = judgement,
                             .reason = "too much"},
                            {.what = "latency", .unit = "ms", .before = 2, .after = ms},
                            {.what = "zipped", .unit = "bytes", .before = 8000, .after = bytes}};
  return made;
}

}  // namespace

TEST(SearchPage, ShowsTheChosenOneTheFrontAndWhyNot) {
  SearchResult result;
  result.candidates = {candidate("folded", 0.9, 8000, 1, Judgement::kAccepted),
                       candidate("static int8", 0.7, 2000, 0.5, Judgement::kRefused)};
  result.candidates[0].front = true;
  result.candidates.push_back({.name = "dynamic int8", .steps = {}, .verdict = {}, .problem = "no dense layer", .model = {}});
  result.best = 0;
  result.candidates[0].verdict->reverted = {"conv2d"};
  result.candidates[0].model = model_from_text(
      R"(<ir_version: 10, opset_import: ["": 21]> g (float[1,2] x) => (float[1,2] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul (x, w) })");
  const std::string page = search_page("net.onnx", result.candidates[0].model, result, Goal::kLatency);
  for (const char* words :
       {"folded", "2.00 times", "on the front", "refused", "too much", "no dense layer", "lowest latency", "MatMul", "conv2d"})
    EXPECT_THAT(page, testing::HasSubstr(words));
  const Json json = to_json(result);
  EXPECT_EQ(json["best"], "folded");
  EXPECT_EQ(json["candidates"][2]["problem"], "no dense layer");
  result.best.reset();
  EXPECT_THAT(search_page("net.onnx", result.candidates[0].model, result, Goal::kSize), testing::HasSubstr("no candidate was accepted"));
}

}  // namespace upkeep
