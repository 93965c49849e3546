#include <gmock/gmock.h>

#include "graph/onnx.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using PoolInts = std::vector<std::int64_t>;

struct PoolCase {
  std::string what;
  Shape x;
  std::vector<Attribute> attributes;
};

Attribute pool_flag(const std::string& name) { return {name, std::int64_t{1}}; }
Attribute pool_text(const std::string& name, const std::string& value) { return {name, value}; }

const std::vector<PoolCase> kPools = {
    {"1-D", {2, 2, 6}, {{"kernel_shape", PoolInts{2}}}},
    {"1-D, apart", {2, 2, 6}, {{"kernel_shape", PoolInts{2}}, {"strides", PoolInts{2}}}},
    {"1-D, gaps", {1, 2, 8}, {{"kernel_shape", PoolInts{2}}, {"strides", PoolInts{3}}}},
    {"2-D, apart", {2, 2, 4, 4}, {{"kernel_shape", PoolInts{2, 2}}, {"strides", PoolInts{2, 2}}}},
    {"2-D, overlapping", {1, 2, 5, 5}, {{"kernel_shape", PoolInts{3, 3}}, {"strides", PoolInts{2, 2}}, {"pads", PoolInts{1, 1, 1, 1}}}},
    {"2-D, asymmetric", {1, 2, 4, 5}, {{"kernel_shape", PoolInts{3, 2}}, {"pads", PoolInts{0, 1, 2, 0}}}},
    {"2-D, dilated", {1, 1, 6, 5}, {{"kernel_shape", PoolInts{2, 2}}, {"dilations", PoolInts{3, 2}}, {"pads", PoolInts{1, 1, 0, 1}}}},
    {"2-D, rounded up", {1, 1, 6, 5}, {{"kernel_shape", PoolInts{3, 2}}, {"strides", PoolInts{2, 2}}, pool_flag("ceil_mode")}},
    {"2-D, rounded up, padded",
     {1, 2, 6, 4},
     {{"kernel_shape", PoolInts{3, 3}}, {"strides", PoolInts{2, 2}}, {"pads", PoolInts{1, 0, 1, 1}}, pool_flag("ceil_mode")}},
    {"SAME_UPPER", {1, 2, 5, 4}, {{"kernel_shape", PoolInts{2, 3}}, {"strides", PoolInts{2, 1}}, pool_text("auto_pad", "SAME_UPPER")}},
    {"SAME_LOWER", {1, 2, 5, 4}, {{"kernel_shape", PoolInts{2, 3}}, {"strides", PoolInts{2, 1}}, pool_text("auto_pad", "SAME_LOWER")}},
    {"VALID", {1, 2, 5, 4}, {{"kernel_shape", PoolInts{2, 3}}, {"strides", PoolInts{2, 1}}, pool_text("auto_pad", "VALID")}},
    {"3-D", {1, 2, 3, 4, 3}, {{"kernel_shape", PoolInts{2, 2, 2}}, {"strides", PoolInts{1, 2, 1}}, {"pads", PoolInts{0, 0, 1, 1, 0, 0}}}},
};

std::vector<Attribute> with(std::vector<Attribute> attributes, const Attribute& more) {
  attributes.push_back(more);
  return attributes;
}

TEST(MaxPoolGradient, MatchesFiniteDifferences) {
  for (const PoolCase& one : kPools) {
    SCOPED_TRACE(one.what);
    EXPECT_GRADIENT("MaxPool", {distinct_tensor(one.x)}, one.attributes);
    EXPECT_GRADIENT("MaxPool", {distinct_tensor(one.x)}, one.attributes, 2);
    EXPECT_GRADIENT("MaxPool", {distinct_tensor(one.x)}, with(one.attributes, pool_flag("storage_order")), 2);
  }
}

TEST(MaxPoolGradient, HasAGradientItself) {
  for (const std::size_t i : {1u, 4u, 8u})
    EXPECT_SECOND_GRADIENT("MaxPool", {distinct_tensor(kPools[i].x)}, kPools[i].attributes) << kPools[i].what;
}

// ScatterElements cannot add before operator set 16. Windows of 3 at stride 2 over 1 5 2 9 3: maxima 5 and 9; of 3 at stride 1: 5, 9, 9.
TEST(MaxPoolGradient, AddsUpOverlappingWindowsInOlderOperatorSets) {
  const auto run = [](const std::string& stride) {
    Model model = model_from_text(R"(<ir_version: 7, opset_import: ["": 13]> g (float[1, 1, 5] x) => (float y) {
      p = MaxPool <kernel_shape = [3], strides = [)" +
                                  stride + R"(]> (x)
      y = ReduceSum <keepdims = 0> (p) })");
    Ops ops(model);
    ops.output(differentiate(ops, ops.existing("y"), {ops.existing("x")})[0], "gradient");
    const Tensor x({1, 1, 5}, std::vector<float>{1, 5, 2, 9, 3});
    const Tensor made = Session(model).run({{"x", x}}, {"gradient"}).at("gradient");
    return std::vector<float>(made.floats().begin(), made.floats().end());
  };
  EXPECT_THAT(run("2"), testing::ElementsAre(0, 1, 0, 1, 0));
  EXPECT_THAT(run("1"), testing::ElementsAre(0, 1, 0, 2, 0));
}

TEST(MaxPoolGradient, GoesToOneOfSeveralEqualPlaces) {
  EXPECT_THAT(gradient("MaxPool", {Tensor::full(Shape{1, 1, 4}, 7.0f)}, {{"kernel_shape", PoolInts{2}}, {"strides", PoolInts{2}}}),
              testing::ElementsAre(1, 0, 1, 0));
}

TEST(AveragePoolGradient, MatchesFiniteDifferences) {
  for (const PoolCase& one : kPools) {
    SCOPED_TRACE(one.what);
    EXPECT_GRADIENT("AveragePool", {random_tensor(one.x)}, one.attributes);
    EXPECT_GRADIENT("AveragePool", {random_tensor(one.x)}, with(one.attributes, pool_flag("count_include_pad")));
  }
}

TEST(AveragePoolGradient, HasAGradientItself) {
  for (const std::size_t i : {1u, 4u, 8u})
    EXPECT_SECOND_GRADIENT("AveragePool", {random_tensor(kPools[i].x)}, kPools[i].attributes) << kPools[i].what;
}

TEST(LpPoolGradient, MatchesFiniteDifferences) {
  for (const PoolCase& one : kPools) {
    EXPECT_GRADIENT("LpPool", {random_tensor(one.x, {.gap = 0.2})}, one.attributes) << one.what;
    EXPECT_GRADIENT("LpPool", {random_tensor(one.x, {.gap = 0.2})}, with(one.attributes, {"p", std::int64_t{3}})) << one.what;
  }
  EXPECT_GRADIENT("LpPool", {random_tensor({1, 2, 5}, {.gap = 0.2})}, {{"kernel_shape", PoolInts{2}}, {"p", std::int64_t{1}}});
}

TEST(LpPoolGradient, IsZeroWhereAWindowIs) {
  EXPECT_THAT(gradient("LpPool", {Tensor::full(Shape{1, 1, 4}, 0.0f)}, {{"kernel_shape", PoolInts{2}}}), testing::Each(0.0f));
}

}  // namespace
}  // namespace upkeep::gradients
