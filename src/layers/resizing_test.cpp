#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::HasSubstr;

namespace {

// A picture of 3 rows and 5 columns, 0, 1, 4, 9, ..., as one of 2 by 2.
std::vector<float> resized_squares(const std::string& settings) {
  std::vector<float> squares;
  for (int i = 0; i < 15; ++i) squares.push_back(static_cast<float>(i * i));
  return values(apply("{resizing: {height: 2, width: 2" + settings + "}}", Tensor({1, 3, 5, 1}, squares)));
}

}  // namespace

// Numbers of Keras 3.15.
TEST(Resizing, MakesPicturesAsTensorFlowDoes) {
  EXPECT_THAT(resized_squares(""), Near({8.875F, 25.125F, 95.125F, 148.875F}));
  EXPECT_THAT(resized_squares(", interpolation: nearest"), Near({1, 9, 121, 169}));
  EXPECT_THAT(resized_squares(", antialias: true"), Near({14.852275F, 30.352274F, 89.85228F, 130.35228F}, 16));
  EXPECT_THAT(resized_squares(", interpolation: bicubic"), Near({4.8665514F, 19.518806F, 99.893021F, 157.48505F}, 16));
  EXPECT_THAT(resized_squares(", interpolation: bicubic, antialias: true"), Near({9.5277185F, 25.756702F, 90.375694F, 138.16716F}, 16));
  EXPECT_THAT(resized_squares(", interpolation: lanczos3, antialias: true"), Near({6.2616925F, 22.428911F, 90.491615F, 141.49286F}, 16));
}

TEST(Resizing, KeepsTheAspectRatioWhenAsked) {
  EXPECT_THAT(resized_squares(", crop_to_aspect_ratio: true"), Near({11.125F, 20.875F, 104.875F, 137.125F}));
  EXPECT_THAT(resized_squares(", pad_to_aspect_ratio: true, fill_value: 2"), Near({1.0625F, 8.5625F, 87.3125F, 132.3125F}));
}

TEST(Resizing, TakesPicturesWhoseSizeComesWithTheData) {
  const Model model =
      build_model(architecture_from_yaml("layers: [{input: {shape: [null, null, 3]}}, {resizing: {height: 4, width: 6}}]"), {});
  EXPECT_EQ(run(model, numbers({2, 9, 5, 3}, 1)).shape(), (Shape{2, 4, 6, 3}));
  EXPECT_EQ(run(model, numbers({1, 2, 3, 3}, 1)).shape(), (Shape{1, 4, 6, 3}));
}

TEST(Resizing, SaysWhatIsWrong) {
  const auto error_with = [](const std::string& settings, const std::string& shape = "[3, 3, 1]") {
    return message_of(
        [&] { weight_specs(architecture_from_yaml("layers: [{input: {shape: " + shape + "}}, {resizing: {" + settings + "}}]")); });
  };
  EXPECT_THAT(error_with("height: 3"), HasSubstr("needs a height and a width"));
  EXPECT_THAT(error_with("height: 3, width: 3, crop_to_aspect_ratio: true, pad_to_aspect_ratio: true"), HasSubstr("exclude each other"));
  EXPECT_THAT(error_with("height: 3, width: 3, interpolation: area"), HasSubstr("bilinear"));
  EXPECT_THAT(error_with("height: 3, width: 3, pad_to_aspect_ratio: true", "[null, 3, 1]"),
              HasSubstr("an aspect ratio needs a known size"));
}

}  // namespace upkeep::layers
