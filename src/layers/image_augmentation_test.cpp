#include "layers/keras/json.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const char* const kKept[] = {"random_hue",
                             "random_saturation",
                             "random_color_jitter",
                             "random_color_degeneration",
                             "random_grayscale",
                             "random_invert",
                             "random_posterization",
                             "random_sharpness",
                             "solarization",
                             "equalization",
                             "random_gaussian_blur",
                             "random_erasing",
                             "random_perspective",
                             "random_elastic_transform",
                             "random_height",
                             "random_width",
                             "mix_up",
                             "cut_mix",
                             "aug_mix",
                             "rand_augment",
                             "max_num_bounding_boxes"};

TEST(ImageAugmentation, PassesPicturesAtInference) {
  const Tensor x({1, 1, 2, 1}, std::vector<float>{1, 2});
  for (const std::string kind : kKept)
    EXPECT_THAT(values(apply(kind + ", {rescaling: {scale: 1}}", x)), testing::ElementsAre(1, 2)) << kind;
}

TEST(ImageAugmentation, IsRefusedInTrainingWithWhatToDoInstead) {
  const Tensor x({1, 1, 2, 1}, std::vector<float>{1, 2});
  for (const std::string kind : kKept)
    EXPECT_THAT(message_of([&] { apply_training("{" + kind + ": {name: here}}", x); }),
                testing::HasSubstr(kind + " does not work in training"));
  const Error refused = [&] {
    try {
      apply_training("{random_hue: {factor: 0.1, name: here}}", x);
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorCode::kInternal, "none");
  }();
  EXPECT_THAT(refused.hint(), testing::AllOf(testing::HasSubstr("--remove here"), testing::HasSubstr("--augment hue")));
}

TEST(ImageAugmentation, KeepsItsSettings) {
  const Json layer = {{"class_name", "RandomErasing"},
                      {"config", {{"name", "e"}, {"factor", {0, 0.5}}, {"scale", {0.1, 0.2}}, {"fill_value", nullptr}, {"seed", 3}}}};
  const LayerSpec read = layer_from_keras(layer);
  EXPECT_EQ(read.settings, (Json{{"factor", {0, 0.5}}, {"scale", {0.1, 0.2}}, {"seed", 3}}));
}

TEST(ImageAugmentation, ChecksWhatItKeeps) {
  const Tensor x({1, 1, 2, 1}, std::vector<float>{1, 2});
  EXPECT_THAT(message_of([&] { apply("{rand_augment: {num_ops: many}}", x); }), testing::HasSubstr("expected an integer"));
}

}  // namespace
}  // namespace upkeep::layers
