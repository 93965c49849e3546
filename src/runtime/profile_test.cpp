#include "runtime/profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;

Model profiled(const std::string& graph) { return model_from_text("<ir_version: 10, opset_import: [\"\": 21]>\n" + graph); }

}  // namespace

// 256 x 256 x 256 multiply-adds beside 256 x 256 signs.
TEST(Profile, MeasuresEachNode) {
  const Model model = profiled("g (float[256,256] x) => (float[256,256] z) { y = MatMul(x, x) s = Sign(y) z = Cos(s) }");
  const Profile found = profile(model, {{"x", Tensor::full({256, 256}, 0.5f)}}, {.threads = 1, .runs = 5});
  ASSERT_EQ(found.node_us.size(), 3U);
  EXPECT_THAT(found.ran, testing::Each(true));
  EXPECT_GE(found.runs, 3);
  EXPECT_LE(found.runs, 5);
  EXPECT_GT(found.node_us[0], found.node_us[1]);
  EXPECT_GT(found.run_us, 0);
  EXPECT_LE(std::accumulate(found.node_us.begin(), found.node_us.end(), found.runtime_us), found.run_us * 1.0001);
}

TEST(Profile, GivesAFusedNodesTimeToTheOneThatDoesTheWork) {
  const Model model =
      profiled("g (float[1,8,32,32] x, float[1] unused) => (float[1,16,30,30] y) <float[1,1,1,1] w = {0}> { c = Conv(x, w) y = Relu(c) }");
  Model filled = model;
  *filled.graph.initializer("w") = Tensor::full({16, 8, 3, 3}, 0.1f);
  const Profile found = profile(filled, {{"x", Tensor::full({1, 8, 32, 32}, 0.5f)}, {"unused", Tensor::full({1}, 0.5f)}}, {.threads = 1});
  EXPECT_TRUE(found.ran[0]);
  EXPECT_FALSE(found.ran[1]);
}

TEST(Profile, AddsUpTheRunsOfALoopsBody) {
  const Model model = profiled(R"(
    g (float[4,3] x) => (float[3] last, float[4,3] all) <float[3] zero = {0, 0, 0}> {
      last, all = Scan<num_scan_inputs = 1, body = step (float[3] before, float[3] row) => (float[3] sum, float[3] copy) {
        sum = Add(before, row) copy = Identity(sum) }>(zero, x) })");
  const Profile found = profile(model, {{"x", Tensor::full({4, 3}, 0.5f)}}, {.threads = 1});
  EXPECT_TRUE(found.ran[0]);
  EXPECT_GT(found.run_us, 0);
}

TEST(Profile, SaysWhatDoesNotRun) {
  const Model model = profiled("g (float[2,3] x, float[4,5] y) => (float[2,5] z) { z = MatMul(x, y) }");
  EXPECT_THAT(message_of([&] { profile(model, {{"x", Tensor::full({2, 3}, 0.5f)}, {"y", Tensor::full({4, 5}, 0.5f)}}); }),
              HasSubstr("the runtime cannot load the model"));
}

}  // namespace upkeep
