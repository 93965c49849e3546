#include "layers/shared/convolution_testing.hpp"
#include "layers/shared/resize.hpp"

namespace upkeep::layers {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(UpSampling, RepeatsEveryElement) {
  const Tensor x({1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  EXPECT_THAT(values(apply("up_sampling1d", x)), ElementsAre(1, 2, 1, 2, 3, 4, 3, 4));
  EXPECT_THAT(values(apply("{up_sampling2d: {size: [1, 3]}}", x.reshaped({1, 2, 2, 1}))), ElementsAre(1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4));
  EXPECT_THAT(values(apply("{up_sampling2d: {size: [2, 1], data_format: channels_first}}", x.reshaped({1, 2, 2, 1}))),
              ElementsAre(1, 1, 2, 2, 3, 3, 4, 4));
  EXPECT_THAT(values(apply("{up_sampling3d: {size: [2, 1, 2]}}", x.reshaped({1, 1, 1, 2, 2}))),
              ElementsAre(1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4));
}

// Numbers of tf.image.resize (TensorFlow 2.21).
TEST(UpSampling, InterpolatesBetweenPixels) {
  const auto row = [](const std::string& interpolation) {
    return values(
        apply("{up_sampling2d: {size: [1, 2], interpolation: " + interpolation + "}}", Tensor({1, 1, 3, 1}, std::vector<float>{1, 5, -3})));
  };
  EXPECT_THAT(row("bilinear"), Near({1, 2, 4, 3, -1, -3}));
  EXPECT_THAT(row("bicubic"), Near({0.6470589F, 1.9343066F, 4.6641221F, 3.5038171F, -1.3941605F, -3.7058825F}));
  EXPECT_THAT(row("lanczos3"), Near({0.17231393F, 2.2374988F, 4.9826827F, 3.4134152F, -1.2696449F, -4.1977439F}, 16));
  EXPECT_THAT(row("lanczos5"), Near({-0.15367934F, 2.4547822F, 5.1371861F, 3.3739052F, -1.2468345F, -4.2647467F}, 16));
}

TEST(UpSampling, InterpolatesPicturesWhoseSizeComesWithTheData) {
  const Architecture net =
      architecture_from_yaml("layers: [{input: {shape: [null, null, 1]}}, {up_sampling2d: {size: [1, 2], interpolation: bilinear}}]");
  EXPECT_THAT(values(run(build_model(net, {}), Tensor({1, 1, 3, 1}, std::vector<float>{1, 5, -3}))), Near({1, 2, 4, 3, -1, -3}));
  EXPECT_THAT(
      message_of([] {
        weight_specs(architecture_from_yaml("layers: [{input: {shape: [null, null, 1]}}, {up_sampling2d: {interpolation: lanczos3}}]"));
      }),
      HasSubstr("lanczos3 needs a known size of the pictures"));
}

TEST(UpSampling, WeightsAddUpToOne) {
  for (const std::string& interpolation : kInterpolations)
    for (const bool antialias : {false, true})
      for (const auto& [n, m] : {std::pair(5, 3), std::pair(3, 7), std::pair(1, 4), std::pair(9, 2)}) {
        const Tensor weights = interpolation_weights(interpolation, n, m, antialias);
        for (std::int64_t i = 0; i < m; ++i) {
          float sum = 0;
          for (std::int64_t k = 0; k < n; ++k) sum += weights.floats()[static_cast<std::size_t>(i * n + k)];
          EXPECT_NEAR(sum, 1, 1e-6) << interpolation << " " << n << " -> " << m;
        }
      }
}

TEST(UpSampling, StaysWhereTheChannelsAreSecond) {
  for (const char* interpolation : {"nearest", "bilinear", "bicubic"}) {
    const Architecture net = architecture_from_yaml(
        "layers: [{input: {shape: [6, 6, 2]}}, {conv2d: {filters: 2, kernel_size: 3}}, {up_sampling2d: {interpolation: " +
        std::string(interpolation) + "}}, {conv2d: {filters: 2, kernel_size: 8, name: end}}, flatten]");
    const std::size_t weights = std::string(interpolation) == "bicubic" ? 1 : 0;  // of the pixels
    EXPECT_EQ(count_nodes(build_model(net, initial_weights(net, 1)), "Transpose"), 1U + 2U + weights) << interpolation;
  }
}

TEST(UpSampling, RecognisesResizeByWholeNumbers) {
  const auto text = [](const std::string& attributes, const std::string& scales) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 3, 3] x) => (float[N, 2, H, W] y) <float[4] s = {" + scales +
           "}, float[0] r = {}> { y = Resize <" + attributes + "> (x, r, s) }";
  };
  const std::string repeat =
      text("mode = \"nearest\", coordinate_transformation_mode = \"asymmetric\", nearest_mode = \"floor\"", "1, 1, 2, 3");
  EXPECT_EQ(recognised(repeat)[0].settings, parse_json(R"({"size": [2, 3], "data_format": "channels_first"})"));
  expect_equal_answers(repeat, numbers({2, 2, 3, 3}, 1));
  const std::string linear = text("mode = \"linear\"", "1, 1, 2, 2");
  EXPECT_EQ(recognised(linear)[0].settings["interpolation"], "bilinear");
  expect_equal_answers(linear, numbers({2, 2, 3, 3}, 1), 16);
  EXPECT_THAT(message_of([&] { recognised(text("mode = \"linear\"", "1, 1, 1.5, 2")); }), HasSubstr("Resize"));
  EXPECT_THAT(message_of([&] { recognised(text("mode = \"cubic\"", "1, 1, 2, 2")); }), HasSubstr("Resize"));
}

}  // namespace upkeep::layers
