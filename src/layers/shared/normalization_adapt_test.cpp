#include "layers/shared/normalization_adapt.hpp"

#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Model adapted(const std::string& layers, const Tensor& x) {
  const Architecture net = architecture_from_yaml("layers: [" + layers + "]");
  return adapt_normalizations(build_model(net, initial_weights(net, 1)), {{"input", x}});
}

std::vector<float> weight(const Model& model, const char* name) { return values(*model.graph.initializer(name)); }

const Tensor kNormalizationAdaptInput({4, 2}, std::vector<float>{1, 10, 2, 20, 3, 30, 6, 40});

TEST(AdaptNormalizations, FindsMeanAndPopulationVariance) {  // by hand: 12 / 4; (4 + 1 + 0 + 9) / 4; 100 / 4; (225 + 25 + 25 + 225) / 4
  const Model model = adapted("{input: {shape: [2]}}, normalization, {dense: {units: 1}}", kNormalizationAdaptInput);
  EXPECT_THAT(weight(model, "normalization/mean"), testing::ElementsAre(3, 25));
  EXPECT_THAT(weight(model, "normalization/variance"), testing::ElementsAre(3.5, 125));
}

// Keras 3.15: Normalization(axis=AXIS).adapt(np.arange(12).reshape(2, 2, 3) ** 2).
TEST(AdaptNormalizations, KeepsTheAxesThatKerasKeeps) {
  std::vector<float> squares;
  for (int i = 0; i < 12; ++i) squares.push_back(static_cast<float>(i * i));
  const Tensor x({2, 2, 3}, squares);
  const auto with_axis = [&](const std::string& axis) {
    return adapted("{input: {shape: [2, 3]}}, {normalization: {axis: " + axis + "}}", x);
  };
  EXPECT_THAT(weight(with_axis("-1"), "normalization/mean"), Near({31.5F, 41.5F, 53.5F}));
  EXPECT_THAT(weight(with_axis("-1"), "normalization/variance"), Near({992.25F, 1442.25F, 1982.25F}));
  EXPECT_THAT(weight(with_axis("1"), "normalization/mean"), Near({25.666666F, 58.666668F}));
  EXPECT_THAT(weight(with_axis("1"), "normalization/variance"), Near({642.8889F, 1918.889F}));
  EXPECT_THAT(weight(with_axis("[1, 2]"), "normalization/mean"), Near({18, 25, 34, 45, 58, 73}));
  EXPECT_THAT(weight(with_axis("[1, 2]"), "normalization/variance"), Near({324, 576, 900, 1296, 1764, 2304}));
  EXPECT_THAT(weight(with_axis("null"), "normalization/mean"), Near({42.166668F}));
  EXPECT_THAT(weight(with_axis("null"), "normalization/variance"), Near({1553.1388F}));
}

TEST(AdaptNormalizations, LooksThroughRescalingAndOtherNormalizations) {
  const Model model =
      adapted("{input: {shape: [2]}}, {rescaling: {scale: 2, offset: 1}}, normalization, normalization, {dense: {units: 1}}",
              kNormalizationAdaptInput);
  EXPECT_THAT(weight(model, "normalization/mean"), testing::ElementsAre(7, 51));
  EXPECT_THAT(weight(model, "normalization/variance"), testing::ElementsAre(14, 500));
  EXPECT_THAT(weight(model, "normalization_1/mean"), Near({0, 0}));
  EXPECT_THAT(weight(model, "normalization_1/variance"), Near({1, 1}));
}

TEST(AdaptNormalizations, LeavesGivenAdaptedAndInnerOnesAlone) {
  const std::string net =
      "{input: {shape: [2]}}, {normalization: {mean: [1, 2], variance: [3, 4]}}, {dense: {units: 2}}, {normalization: {name: inner}}";
  const Model model = adapted(net, kNormalizationAdaptInput);
  EXPECT_THAT(weight(model, "inner/mean"), testing::Each(0));
  EXPECT_THAT(weight(model, "inner/variance"), testing::Each(1));
  const Model once = adapted("{input: {shape: [2]}}, normalization", kNormalizationAdaptInput);
  const Model twice = adapt_normalizations(once, {{"input", Tensor({2, 2}, std::vector<float>{100, 200, 300, 400})}});
  EXPECT_THAT(weight(twice, "normalization/mean"), testing::ElementsAre(3, 25));
}

TEST(AdaptNormalizations, ReadsIntegers) {
  const Model model = adapted("{input: {shape: [2], dtype: int64}}, normalization", kNormalizationAdaptInput.cast(DType::kInt64));
  EXPECT_THAT(weight(model, "normalization/mean"), testing::ElementsAre(3, 25));
}

TEST(AdaptNormalizations, LeavesAModelWithoutALayerViewAlone) {
  const Model foreign = model_from_text("<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2] x) => (float[N, 2] y) { y = Sin(x) }");
  EXPECT_EQ(model_to_bytes(adapt_normalizations(foreign, {})), model_to_bytes(foreign));
}

TEST(AdaptNormalizations, SaysWhatIsWrongWithTheData) {
  const std::string net = "{input: {shape: [2]}}, normalization";
  EXPECT_THAT(message_of([&] { adapted(net, Tensor({2, 2}, std::vector<float>{1, 2, 3, std::nanf("")})); }),
              testing::HasSubstr("layer \"normalization\": row 1 of the data is not finite"));
  EXPECT_THAT(message_of([&] { adapted(net, Tensor({0, 2}, std::vector<float>{})); }), testing::HasSubstr("no rows"));
  EXPECT_THAT(message_of([&] { adapted(net, Tensor({2, 3}, std::vector<float>(6))); }),
              testing::HasSubstr("data of shape [2, 3] does not fit statistics of shape [2]"));
  EXPECT_EQ(
      message_of([&] { adapt_normalizations(adapted("{input: {shape: [2], name: x}}, {activation: {}}", kNormalizationAdaptInput), {}); }),
      "no error");
  EXPECT_THAT(message_of([&] { adapted("{input: {shape: [2], name: x}}, normalization", kNormalizationAdaptInput); }),
              testing::HasSubstr("there is no data for input \"x\""));
}

}  // namespace
}  // namespace upkeep::layers
