#include "optimize/quantize/quantize_testing.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep::quantization {

static std::size_t left(const Model& model, const std::string& op) { return count_of(model, op); }

// Integers that are rounded at the same places: answers differ by a step where a half was rounded the other way.
static void expect_near(const Model& model, const QuantizeContext& context, double decibels) {
  Model integers = model;
  rewrite(integers, {"integer-operators", Json::object()});
  EXPECT_GT(least_of(sqnr_of(predict(model, context.rows), predict(integers, context.rows))), decibels);
}

TEST(IntegerOperators, ReplacesConversionsAroundConvolutionsAndDenseLayers) {
  Model model = residual_net();
  const QuantizeContext context = rows_for(model);
  quantize(model, {"static", Json::object()}, context);
  expect_near(model, context, 35);
  rewrite(model, {"integer-operators", Json::object()});
  EXPECT_EQ(left(model, "Conv"), 0U);
  EXPECT_EQ(left(model, "QLinearConv"), 3U);
  EXPECT_EQ(left(model, "MatMulInteger"), 1U);
}

TEST(IntegerOperators, TakesChainsOfDenseLayers) {
  Model model = three_layers();
  const QuantizeContext context = rows_for(model);
  quantize(model, {"static", Json::object()}, context);
  expect_near(model, context, 35);
  rewrite(model, {"integer-operators", Json::object()});
  EXPECT_EQ(left(model, "Gemm"), 0U);
}

TEST(IntegerOperators, LeavesFloatModels) {
  Model model = three_layers();
  EXPECT_EQ(rewrite(model, {"integer-operators", Json::object()}).facts["places"], 0);
}

}  // namespace upkeep::quantization
