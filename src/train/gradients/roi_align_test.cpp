#include "graph/onnx.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

// Pixels and regions whose points lie more than 0.02 from the middle of a pixel, where the slope changes, and whose largest neighbours
// differ by more than 0.02: differences step over no kink.
const Tensor kRegions({3, 4}, std::vector<double>{0.51, -0.12, 3.82, 4.2, 0.79, 0.99, 3.54, 2.27, -0.48, -0.25, 4.09, 5.4});

Tensor roi_images() {
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back(0.5 + (i * 37 % 41) / 27.0);
  return Tensor({2, 1, 5, 4}, std::move(values));
}

Attribute roi_text(const std::string& name, const std::string& value) { return {name, value}; }

TEST(RoiAlignGradient, MatchesFiniteDifferences) {
  for (const std::string mode : {"avg", "max"}) {
    for (const std::string transformation : {"half_pixel", "output_half_pixel"}) {
      for (const std::int64_t points : {0, 2}) {
        SCOPED_TRACE(mode + " " + transformation + " " + std::to_string(points));
        const std::vector<Attribute> attributes{roi_text("mode", mode),
                                                roi_text("coordinate_transformation_mode", transformation),
                                                {"output_height", std::int64_t{2}},
                                                {"output_width", std::int64_t{2}},
                                                {"sampling_ratio", points},
                                                {"spatial_scale", 0.9f}};
        EXPECT_GRADIENT("RoiAlign", {roi_images(), fixed(kRegions), ints({0, 1, 0})}, attributes);
        EXPECT_GRADIENT("RoiAlign", {fixed(roi_images()), kRegions, ints({0, 1, 0})}, attributes);
      }
    }
  }
}

TEST(RoiAlignGradient, HasAGradientItself) {
  EXPECT_SECOND_GRADIENT("RoiAlign",
                         {random_tensor({1, 1, 4, 3}), fixed(Tensor({1, 4}, std::vector<double>{0.2, 0.3, 2.1, 2.7})), ints({0})},
                         {{"output_height", std::int64_t{2}}, {"sampling_ratio", std::int64_t{1}}});
}

TEST(MaxRoiPoolGradient, MatchesFiniteDifferences) {
  const Tensor regions({4, 5}, std::vector<double>{0, 0.3, 0.2, 4.7, 5.1, 1, 1, 1, 3.3, 2.2, 0, -2, -1, 6, 8, 1, 3, 3, 2, 1});
  for (const float scale : {1.0f, 0.6f})
    EXPECT_GRADIENT("MaxRoiPool", {distinct_tensor({2, 2, 4, 4}), fixed(regions)},
                    {{"pooled_shape", std::vector<std::int64_t>{2, 3}}, {"spatial_scale", scale}})
        << scale;
}

}  // namespace
}  // namespace upkeep::gradients
