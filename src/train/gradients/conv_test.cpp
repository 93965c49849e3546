#include "base/format.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using ConvInts = std::vector<std::int64_t>;

struct ConvCase {
  std::string what;
  Shape x;
  Shape w;
  std::vector<Attribute> attributes = {};
  bool bias = false;
};

Attribute conv_text(const std::string& name, const std::string& value) { return {name, value}; }

const std::vector<ConvCase> kConvolutions = {
    {"1-D", {2, 2, 6}, {3, 2, 3}},
    {"1-D, one place", {2, 3, 4}, {2, 3, 1}, {}, true},
    {"1-D, stride that leaves places unseen", {1, 2, 8}, {2, 2, 2}, {{"strides", ConvInts{3}}}},
    {"1-D, dilated, asymmetric padding", {1, 2, 7}, {2, 2, 3}, {{"dilations", ConvInts{2}}, {"pads", ConvInts{1, 2}}}},
    {"1-D, padding wider than the kernel", {1, 1, 4}, {2, 1, 2}, {{"pads", ConvInts{3, 2}}}},
    {"1-D, dilated and strided", {1, 2, 9}, {2, 2, 2}, {{"dilations", ConvInts{3}}, {"strides", ConvInts{2}}}},
    {"2-D", {2, 2, 4, 5}, {3, 2, 3, 2}, {}, true},
    {"2-D, 1x1", {2, 3, 3, 2}, {2, 3, 1, 1}},
    {"2-D, 1x1, strided", {2, 3, 4, 5}, {2, 3, 1, 1}, {{"strides", ConvInts{2, 2}}}},
    {"2-D, padded", {1, 2, 4, 4}, {2, 2, 3, 3}, {{"pads", ConvInts{1, 1, 1, 1}}}, true},
    {"2-D, asymmetric", {1, 2, 4, 5}, {2, 2, 3, 2}, {{"pads", ConvInts{0, 1, 2, 0}}, {"strides", ConvInts{2, 1}}}},
    {"2-D, strided and dilated",
     {1, 1, 7, 6},
     {2, 1, 2, 3},
     {{"strides", ConvInts{2, 3}}, {"dilations", ConvInts{3, 1}}, {"pads", ConvInts{1, 1, 0, 1}}}},
    {"2-D, groups", {2, 4, 3, 4}, {6, 2, 2, 2}, {{"group", std::int64_t{2}}}, true},
    {"2-D, groups, strided",
     {2, 4, 5, 4},
     {2, 2, 2, 3},
     {{"group", std::int64_t{2}}, {"strides", ConvInts{2, 2}}, {"pads", ConvInts{1, 1, 1, 1}}}},
    {"2-D, groups, one place", {2, 4, 2, 3}, {6, 2, 1, 1}, {{"group", std::int64_t{2}}}},
    {"2-D, depthwise", {2, 3, 4, 4}, {3, 1, 2, 3}, {{"group", std::int64_t{3}}, {"pads", ConvInts{1, 0, 0, 1}}}, true},
    {"2-D, depthwise with a multiplier", {2, 2, 4, 3}, {6, 1, 2, 2}, {{"group", std::int64_t{2}}, {"strides", ConvInts{2, 1}}}},
    {"2-D, depthwise, one place", {2, 2, 2, 3}, {4, 1, 1, 1}, {{"group", std::int64_t{2}}}},
    {"2-D, 16 elements", {1, 2, 6, 5}, {2, 2, 4, 4}, {{"pads", ConvInts{1, 1, 2, 1}}}},
    {"2-D, 16 elements, groups", {1, 2, 5, 5}, {2, 1, 4, 4}, {{"pads", ConvInts{1, 1, 2, 1}}, {"group", std::int64_t{2}}}},
    {"2-D, 36 elements", {2, 2, 7, 6}, {2, 2, 6, 6}, {{"pads", ConvInts{2, 1, 1, 1}}}},
    {"2-D, 36 elements, strided, groups", {2, 4, 9, 8}, {2, 2, 6, 6}, {{"group", std::int64_t{2}}, {"strides", ConvInts{2, 3}}}},
    {"2-D, 36 elements, dilated", {1, 1, 12, 7}, {2, 1, 6, 6}, {{"dilations", ConvInts{2, 1}}, {"pads", ConvInts{0, 0, 1, 0}}}},
    {"3-D", {1, 2, 3, 3, 4}, {2, 2, 2, 2, 2}, {{"pads", ConvInts{0, 1, 0, 0, 0, 1}}}, true},
    {"3-D, strided", {1, 2, 3, 4, 3}, {2, 2, 2, 2, 2}, {{"strides", ConvInts{1, 2, 2}}}},
    {"kernel_shape given", {1, 2, 4, 4}, {2, 2, 2, 3}, {{"kernel_shape", ConvInts{2, 3}}, {"pads", ConvInts{0, 0, 1, 1}}}},
    {"kernel_shape given, depthwise", {1, 2, 4, 4}, {2, 1, 2, 3}, {{"kernel_shape", ConvInts{2, 3}}, {"group", std::int64_t{2}}}},
    {"VALID", {1, 2, 5, 4}, {2, 2, 2, 3}, {conv_text("auto_pad", "VALID"), {"strides", ConvInts{2, 1}}}},
    {"SAME_UPPER", {1, 2, 4, 5}, {2, 2, 2, 3}, {conv_text("auto_pad", "SAME_UPPER")}, true},
    {"SAME_LOWER", {1, 2, 4, 5}, {2, 2, 2, 3}, {conv_text("auto_pad", "SAME_LOWER")}},
    {"SAME_UPPER, strided", {1, 2, 5, 6}, {2, 2, 3, 3}, {conv_text("auto_pad", "SAME_UPPER"), {"strides", ConvInts{2, 3}}}},
    {"SAME_LOWER, strided", {1, 2, 6, 5}, {2, 2, 3, 3}, {conv_text("auto_pad", "SAME_LOWER"), {"strides", ConvInts{2, 3}}}},
    {"SAME_UPPER, stride longer than the kernel", {1, 1, 7}, {2, 1, 2}, {conv_text("auto_pad", "SAME_UPPER"), {"strides", ConvInts{3}}}},
};

std::vector<Argument> arguments_of(const ConvCase& one, std::int64_t filters) {
  std::vector<Argument> arguments{random_tensor(one.x), random_tensor(one.w, {.seed = 2})};
  if (one.bias) arguments.push_back(random_tensor({filters}, {.seed = 3}));
  return arguments;
}

TEST(ConvGradient, MatchesFiniteDifferences) {
  for (const ConvCase& one : kConvolutions) EXPECT_GRADIENT("Conv", arguments_of(one, one.w[0]), one.attributes) << one.what;
}

TEST(ConvGradient, HasAGradientItself) {
  for (const std::size_t i : {3u, 5u, 9u, 11u, 13u, 15u, 22u, 23u})
    EXPECT_SECOND_GRADIENT("Conv", arguments_of(kConvolutions[i], kConvolutions[i].w[0]), kConvolutions[i].attributes)
        << kConvolutions[i].what;
}

const std::vector<ConvCase> kTransposedConvolutions = {
    {"1-D", {2, 2, 4}, {2, 3, 3}, {}, true},
    {"1-D, strided, padded", {1, 2, 4}, {2, 2, 3}, {{"strides", ConvInts{2}}, {"pads", ConvInts{1, 0}}}},
    {"1-D, output padding", {1, 2, 3}, {2, 2, 2}, {{"strides", ConvInts{3}}, {"output_padding", ConvInts{2}}}},
    {"2-D", {1, 2, 3, 2}, {2, 2, 2, 3}, {{"pads", ConvInts{1, 0, 0, 1}}}, true},
    {"2-D, strided", {2, 2, 2, 3}, {2, 3, 3, 2}, {{"strides", ConvInts{2, 3}}, {"pads", ConvInts{0, 1, 1, 0}}}},
    {"2-D, dilated", {1, 2, 3, 3}, {2, 2, 2, 2}, {{"dilations", ConvInts{2, 3}}, {"strides", ConvInts{2, 1}}}},
    {"2-D, groups", {2, 4, 2, 3}, {4, 3, 2, 2}, {{"group", std::int64_t{2}}, {"strides", ConvInts{1, 2}}}, true},
    {"2-D, depthwise", {2, 3, 2, 3}, {3, 1, 2, 2}, {{"group", std::int64_t{3}}, {"strides", ConvInts{2, 2}}}},
    {"2-D, 36 elements", {1, 2, 2, 2}, {2, 2, 6, 6}, {{"strides", ConvInts{2, 2}}, {"pads", ConvInts{2, 2, 2, 2}}}},
    {"output shape", {1, 2, 3, 3}, {2, 2, 3, 3}, {{"strides", ConvInts{2, 2}}, {"output_shape", ConvInts{6, 5}}}},
    {"output shape, SAME_UPPER",
     {1, 2, 3, 3},
     {2, 2, 3, 3},
     {{"strides", ConvInts{2, 2}}, {"output_shape", ConvInts{6, 6}}, conv_text("auto_pad", "SAME_UPPER")}},
    {"SAME_UPPER", {1, 2, 3, 2}, {2, 2, 3, 2}, {{"strides", ConvInts{2, 1}}, conv_text("auto_pad", "SAME_UPPER")}},
    {"SAME_LOWER", {1, 2, 3, 2}, {2, 2, 3, 2}, {{"strides", ConvInts{2, 1}}, conv_text("auto_pad", "SAME_LOWER")}},
    {"VALID", {1, 2, 3}, {2, 2, 2}, {{"strides", ConvInts{2}}, conv_text("auto_pad", "VALID")}},
    {"3-D", {1, 2, 2, 2, 3}, {2, 2, 2, 2, 2}, {{"strides", ConvInts{1, 2, 2}}}, true},
};

TEST(ConvTransposeGradient, MatchesFiniteDifferences) {
  for (const ConvCase& one : kTransposedConvolutions) {
    std::int64_t group = 1;
    for (const Attribute& attribute : one.attributes)
      if (attribute.name == "group") group = std::get<std::int64_t>(attribute.value);
    EXPECT_GRADIENT("ConvTranspose", arguments_of(one, one.w[1] * group), one.attributes) << one.what;
  }
}

TEST(ConvTransposeGradient, HasAGradientItself) {
  for (const std::size_t i : {1u, 2u, 5u, 7u, 9u})
    EXPECT_SECOND_GRADIENT("ConvTranspose", arguments_of(kTransposedConvolutions[i], 0), kTransposedConvolutions[i].attributes)
        << kTransposedConvolutions[i].what;
}

// With all sizes known a 3x3 layer costs: two convolutions' worth of products, no ConvTranspose, no look at a shape.
TEST(ConvGradient, AsksForNoSizesThatItKnows) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 4, 8, 8});
  const Value w = ops.input("w", DType::kFloat32, {4, 4, 3, 3});
  const Value y = ops.node("Conv", {x, w}, {{"pads", ConvInts{1, 1, 1, 1}}});
  differentiate(ops, ops.reduce_sum(ops.mul(y, y), {}), {x, w});
  EXPECT_EQ(count(model, "Shape"), 0);
  EXPECT_EQ(count(model, "ConvTranspose"), 0);
  EXPECT_EQ(count(model, "Conv"), 2);
  EXPECT_EQ(count(model, "MatMul"), 1);
}

}  // namespace
}  // namespace upkeep::gradients
