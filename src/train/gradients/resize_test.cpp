#include "graph/onnx.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

Tensor resize_floats(std::vector<float> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return Tensor(shape, std::move(values));
}

Argument resize_by(std::vector<float> scales) { return fixed(resize_floats(std::move(scales))); }
Attribute resize_text(const std::string& name, const std::string& value) { return {name, value}; }

// x [1, 2, 3, 4], enlarged, made smaller and in between; by scales and by sizes.
void expect_resize_gradients(const std::vector<Attribute>& attributes, const Argument& roi = absent()) {
  const Tensor x = random_tensor({1, 2, 3, 4});
  EXPECT_GRADIENT("Resize", {x, roi, resize_by({1, 1, 2, 1.5f})}, attributes);
  EXPECT_GRADIENT("Resize", {x, roi, resize_by({1, 1, 1.1f, 0.6f})}, attributes);
  EXPECT_GRADIENT("Resize", {x, roi, absent(), ints({1, 2, 2, 7})}, attributes);
}

class ResizeGradient : public testing::TestWithParam<std::string> {};

TEST_P(ResizeGradient, MatchesFiniteDifferences) {
  const Attribute transformation = resize_text("coordinate_transformation_mode", GetParam());
  const bool crops = GetParam() == "tf_crop_and_resize";
  const Argument roi = crops ? fixed(resize_floats({0, 0, 0.1f, -0.2f, 1, 1, 0.8f, 1.3f})) : absent();
  for (const std::string rounding : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}) {
    SCOPED_TRACE(rounding);
    expect_resize_gradients({resize_text("mode", "nearest"), resize_text("nearest_mode", rounding), transformation}, roi);
  }
  for (const std::int64_t antialias : {0, 1}) {
    SCOPED_TRACE(antialias);
    expect_resize_gradients({resize_text("mode", "linear"), transformation, {"antialias", antialias}}, roi);
    for (const std::int64_t exclude : {0, 1}) {
      expect_resize_gradients({resize_text("mode", "cubic"), transformation, {"antialias", antialias}, {"exclude_outside", exclude}}, roi);
    }
  }
  expect_resize_gradients({resize_text("mode", "cubic"), transformation, {"cubic_coeff_a", -0.5f}}, roi);
  expect_resize_gradients({resize_text("mode", "linear"), transformation, {"extrapolation_value", 3.0f}}, roi);
}

INSTANTIATE_TEST_SUITE_P(Transformations, ResizeGradient,
                         testing::Values("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
                                         "tf_crop_and_resize"),
                         [](const auto& one) { return one.param; });

TEST(ResizeGradients, MatchFiniteDifferencesOfWholeEnlargements) {
  for (const auto& [transformation, rounding] : {std::pair("half_pixel", "round_prefer_floor"),
                                                 {"half_pixel", "round_prefer_ceil"},
                                                 {"asymmetric", "floor"},
                                                 {"half_pixel", "floor"},
                                                 {"align_corners", "floor"}}) {
    SCOPED_TRACE(std::string(transformation) + " " + rounding);
    const std::vector<Attribute> attributes{resize_text("coordinate_transformation_mode", transformation),
                                            resize_text("nearest_mode", rounding)};
    EXPECT_GRADIENT("Resize", {random_tensor({2, 1, 2, 3}), absent(), resize_by({1, 1, 3, 2})}, attributes);
    EXPECT_GRADIENT("Resize", {random_tensor({2, 1, 3}), absent(), resize_by({1, 1, 4})}, attributes);
    EXPECT_GRADIENT("Resize", {random_tensor({2, 3}), absent(), resize_by({2, 3})}, attributes);
    EXPECT_GRADIENT("Resize", {random_tensor({1, 2, 2, 2, 1}), absent(), resize_by({1, 1, 2, 1, 3})}, attributes);
  }
}

TEST(ResizeGradients, MatchFiniteDifferencesOnChosenAxes) {
  const Tensor x = random_tensor({1, 2, 3, 4});
  const std::vector<std::int64_t> axes = {3, -2};
  for (const std::string mode : {"nearest", "linear", "cubic"}) {
    SCOPED_TRACE(mode);
    EXPECT_GRADIENT("Resize", {x, absent(), resize_by({1.5f, 2})}, {resize_text("mode", mode), {"axes", axes}});
    EXPECT_GRADIENT("Resize", {x, absent(), absent(), ints({3, 5})}, {resize_text("mode", mode), {"axes", axes}});
  }
  EXPECT_GRADIENT("Resize", {x, fixed(resize_floats({0.1f, -0.1f, 0.7f, 1.2f})), absent(), ints({3, 5})},
                  {resize_text("mode", "linear"), {"axes", axes}, resize_text("coordinate_transformation_mode", "tf_crop_and_resize")});
}

TEST(ResizeGradients, MatchFiniteDifferencesWhereTheRatioOfTheSidesIsKept) {
  const Tensor x = random_tensor({1, 1, 5, 4});
  const std::vector<std::int64_t> axes = {2, 3};
  for (const std::string policy : {"not_larger", "not_smaller"}) {
    for (const std::string mode : {"nearest", "linear", "cubic"}) {
      SCOPED_TRACE(policy + " " + mode);
      for (const auto& wanted : {ints({8, 9}), ints({3, 3}), ints({7, 5})})
        EXPECT_GRADIENT("Resize", {x, absent(), absent(), wanted},
                        {resize_text("mode", mode), {"axes", axes}, resize_text("keep_aspect_ratio_policy", policy)});
    }
  }
}

TEST(ResizeGradients, MatchFiniteDifferencesOfVolumes) {
  EXPECT_GRADIENT("Resize", {random_tensor({1, 1, 2, 3, 2}), absent(), resize_by({1, 1, 1.5f, 2, 2.5f})}, {resize_text("mode", "linear")});
  EXPECT_GRADIENT("Resize", {random_tensor({1, 1, 2, 3, 2}), absent(), resize_by({1, 1, 1.5f, 2, 2.5f})},
                  {resize_text("mode", "nearest"), resize_text("nearest_mode", "ceil")});
}

// Scales and sizes as inputs of a graph in operator set 13, unknown before it runs.
TEST(ResizeGradients, WaitForSizesUntilTheGraphRuns) {
  Model model = model_from_text(R"(<ir_version: 7, opset_import: ["": 13]> g (float[n, c, h, w] x, int64[4] sizes) => (float y) {
      r = Resize <mode = "linear"> (x, , , sizes)
      y = ReduceSum <keepdims = 0> (r) })");
  Ops ops(model);
  ops.output(differentiate(ops, ops.existing("y"), {ops.existing("x")})[0], "gradient");
  const Tensor made = Session(model)
                          .run({{"x", random_tensor({1, 2, 1, 2}).cast(DType::kFloat32)}, {"sizes", ints({1, 2, 1, 4})}}, {"gradient"})
                          .at("gradient");
  // Of four places two each lie nearer to one of both; half a pixel in, weights 1, 3/4, 1/4, 0: 2 in all.
  for (const float value : made.floats()) EXPECT_NEAR(value, 2, 1e-6);
}

TEST(ResizeGradients, HaveAGradientThemselves) {
  EXPECT_SECOND_GRADIENT("Resize", {random_tensor({1, 1, 2, 3}), absent(), resize_by({1, 1, 2, 2})});
  EXPECT_SECOND_GRADIENT("Resize", {random_tensor({1, 1, 2, 3}), absent(), resize_by({1, 1, 1.5f, 2})}, {resize_text("mode", "cubic")});
}

}  // namespace
}  // namespace upkeep::gradients
