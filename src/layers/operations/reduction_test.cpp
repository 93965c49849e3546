#include <cmath>

#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using testing::ElementsAre;

const Tensor kTwoRows = floats({1, 2, 3}, {1, 2, 3, 4, 5, 9});

TEST(Reduction, GoesOverTheAxesThatAreNamed) {
  EXPECT_THAT(numbers(call("mean", R"({"x": {"input": 0}, "axis": 1})", {kTwoRows})[0]), ElementsAre(2.5F, 3.5F, 6));
  EXPECT_THAT(numbers(call("sum", R"({"x": {"input": 0}, "axis": [1, -1]})", {kTwoRows})[0]), ElementsAre(24));
  EXPECT_THAT(numbers(call("max", R"({"x": {"input": 0}})", {kTwoRows})[0]), ElementsAre(9));
  EXPECT_THAT(numbers(call("min", R"({"x": {"input": 0}, "axis": 2})", {kTwoRows})[0]), ElementsAre(1, 4));
  EXPECT_THAT(numbers(call("prod", R"({"x": {"input": 0}, "axis": 2})", {kTwoRows})[0]), ElementsAre(6, 180));
  EXPECT_EQ(call("mean", R"({"x": {"input": 0}, "axis": 1, "keepdims": true})", {kTwoRows})[0].shape(), (Shape{1, 1, 3}));
}

TEST(Reduction, KnowsSpreadAndPlace) {
  EXPECT_THAT(numbers(call("var", R"({"x": {"input": 0}, "axis": 1})", {kTwoRows})[0]), ElementsAre(2.25F, 2.25F, 9));
  EXPECT_THAT(numbers(call("std", R"({"x": {"input": 0}, "axis": 1})", {kTwoRows})[0]), ElementsAre(1.5F, 1.5F, 3));
  EXPECT_THAT(numbers(call("argmax", R"({"x": {"input": 0}, "axis": -1})", {kTwoRows})[0]), ElementsAre(2, 2));
  EXPECT_THAT(numbers(call("argmin", R"({"x": {"input": 0}})", {kTwoRows})[0]), ElementsAre(0));
  const float sum = std::exp(1.0F) + std::exp(4.0F);
  EXPECT_NEAR(numbers(call("logsumexp", R"({"x": {"input": 0}, "axis": 1})", {kTwoRows})[0])[0], std::log(sum), 1e-5);
  const Tensor truths = floats({1, 2, 2}, {0, 1, 1, 1});
  EXPECT_THAT(numbers(call("all", R"({"x": {"input": 0}, "axis": 2})", {truths})[0]), ElementsAre(0, 1));
  EXPECT_THAT(numbers(call("any", R"({"x": {"input": 0}, "axis": 1})", {truths})[0]), ElementsAre(1, 1));
}

// Behind a convolution the channels are second: the sums are the same, whichever axes are asked for.
TEST(Reduction, FindsItsAxesWhereTheChannelsAreSecond) {
  for (const char* axes : {"[1, 2]", "[1]", "[3]", "[2, 3]", "[0, 1]", "[1, 2, 3]"})
    for (const char* keep : {"true", "false"}) {
      const std::string settings =
          std::string("{operation: {function: sum, arguments: {x: {input: 0}, axis: ") + axes + ", keepdims: " + keep + "}, name: f}}";
      const std::string conv = "layers: [{input: {shape: [4, 5, 2], name: x}}, {conv2d: {filters: 3, kernel_size: 2, name: c}}, ";
      const Architecture behind = architecture_from_yaml(conv + settings + "]");
      const Architecture apart = architecture_from_yaml("layers: [{input: {shape: [3, 4, 3], name: x}}, " + settings + "]");
      const Weights weights = initial_weights(behind, 1);
      std::vector<float> pixels(80);
      for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = std::sin(static_cast<float>(i));
      const Tensor image = floats({2, 4, 5, 2}, pixels);
      const Tensor maps = layers::run(build_model(architecture_from_yaml(conv + "]"), weights), image);
      EXPECT_THAT(layers::values(layers::run(build_model(behind, weights), image)),
                  layers::Near(layers::values(layers::run(build_model(apart, {}), maps)), 40))
          << axes << keep;
    }
}

TEST(Reduction, SumsTruthValuesAndSmallIntegersAsInt32) {
  const Tensor truths = floats({1, 2, 2}, {1, 1, 0, 1}).cast(DType::kBool);
  EXPECT_EQ(call("sum", R"({"x": {"input": 0}, "axis": 2})", {truths})[0], Tensor({1, 2}, std::vector<std::int32_t>{2, 1}));
  EXPECT_EQ(call("prod", R"({"x": {"input": 0}, "axis": 2})", {truths})[0], Tensor({1, 2}, std::vector<std::int32_t>{1, 0}));
  const Tensor bytes = floats({1, 2}, {200, 100}).cast(DType::kInt16);
  EXPECT_EQ(call("sum", R"({"x": {"input": 0}, "axis": 1})", {bytes})[0], Tensor({1}, std::vector<std::int32_t>{300}));
}

TEST(Reduction, NaNReachesTheLargestAndIsNoPlace) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const Tensor x = floats({3, 3}, {1, nan, 3, inf, 2, 1, 4, 5, nan});
  const std::vector<float> largest = numbers(call("max", R"({"x": {"input": 0}, "axis": 1})", {x})[0]);
  EXPECT_TRUE(std::isnan(largest[0]) && std::isnan(largest[2]));
  EXPECT_EQ(largest[1], inf);
  EXPECT_TRUE(std::isnan(numbers(call("min", R"({"x": {"input": 0}})", {x})[0])[0]));
  EXPECT_THAT(numbers(call("argmax", R"({"x": {"input": 0}, "axis": 1})", {x})[0]), ElementsAre(2, 0, 1));
  EXPECT_THAT(numbers(call("argmin", R"({"x": {"input": 0}, "axis": 1})", {x})[0]), ElementsAre(0, 2, 0));
}

// TensorFlow: reduce_mean([1, 2, 4]) is 2, reduce_mean([-1, -2]) is -1.
TEST(Reduction, MeansOfIntegersAreCutOffInTensorFlow) {
  Json arguments = parse_json(R"({"x": {"input": 0}, "axis": [1, 2]})");
  const Tensor x({2, 2, 2}, std::vector<std::int32_t>{1, 2, 4, 2, -1, -2, -2, -2});
  EXPECT_THAT(numbers(call("mean", arguments.dump(), {x})[0]), ElementsAre(2.25F, -1.75F));
  catalog().at("mean").from_tensorflow(arguments);
  EXPECT_EQ(call("mean", arguments.dump(), {x})[0], Tensor({2}, std::vector<std::int32_t>{2, -1}));
}

}  // namespace
}  // namespace upkeep::operations
