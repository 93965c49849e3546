#include "layers/testing.hpp"
#include "layers/view/build.hpp"

namespace upkeep::layers {
namespace {

const Tensor kNormalizationInput({2, 2}, std::vector<float>{1, 20, 3, -4});
const Weights kMoments = {{"normalization/mean", Tensor({2}, std::vector<float>{2, 4})},
                          {"normalization/variance", Tensor({2}, std::vector<float>{4, 16})}};

TEST(Normalization, SubtractsTheMeanAndDividesByTheDeviation) {
  EXPECT_THAT(values(apply("normalization", kNormalizationInput, kMoments)), testing::ElementsAre(-0.5, 4, 0.5, -2));
}

TEST(Normalization, UndoesItself) {
  EXPECT_THAT(values(apply("{normalization: {invert: true}}", Tensor({1, 2}, std::vector<float>{-0.5F, 4}), kMoments)),
              testing::ElementsAre(1, 20));
}

TEST(Normalization, TakesGivenStatisticsAndThenHasNoWeights) {
  EXPECT_THAT(values(apply("{normalization: {mean: [2, 4], variance: [4, 16]}}", kNormalizationInput)),
              testing::ElementsAre(-0.5, 4, 0.5, -2));
  EXPECT_THAT(values(apply("{normalization: {mean: 3, variance: 4}}", kNormalizationInput)), testing::ElementsAre(-1, 8.5, 0, -3.5));
  EXPECT_THAT(values(apply("{normalization: {mean: 1, variance: 4, axis: null}}", kNormalizationInput)),
              testing::ElementsAre(0, 9.5, 1, -2.5));
}

TEST(Normalization, DoesNotDivideByZero) {  // max(sqrt(0), 1e-7)
  EXPECT_THAT(values(apply("{normalization: {mean: 1, variance: 0}}", Tensor({1, 1}, std::vector<float>{2}))), Near({1e7F}));
}

// By hand: axis 1 of [1, 2, 2] keeps a mean for each row of the matrix.
TEST(Normalization, KeepsTheAxesThatItIsTold) {
  const Tensor x({1, 2, 2}, std::vector<float>{1, 2, 30, 40});
  const Weights weights = {{"normalization/mean", Tensor({2}, std::vector<float>{1, 30})},
                           {"normalization/variance", Tensor({2}, std::vector<float>{1, 100})}};
  EXPECT_THAT(values(apply("{normalization: {axis: 1}}", x, weights)), testing::ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(values(apply("{normalization: {axis: 1, mean: [1, 30], variance: [1, 100]}}", x)), testing::ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(values(apply("{normalization: {axis: [1, 2], mean: [[1, 2], [3, 4]], variance: [[1, 1], [9, 4]]}}", x)),
              testing::ElementsAre(0, 0, 9, 18));
  EXPECT_THAT(values(apply("{normalization: {axis: [1, 2], mean: [1, 2], variance: [1, 4]}}", x)), testing::ElementsAre(0, 0, 29, 19));
}

TEST(Normalization, OwnsStatisticsThatAreNotTrained) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [5, 3]}}, {normalization: {axis: [2, 1]}}]");
  const auto specs = weight_specs(net);
  ASSERT_EQ(specs.size(), 2U);
  EXPECT_EQ(specs[0].name, "normalization/mean");
  EXPECT_EQ(specs[0].spec.shape, (Shape{5, 3}));
  EXPECT_EQ(unread_variables(net).at(0).name, "normalization/count");
  for (const NamedWeight& weight : specs) EXPECT_FALSE(weight.spec.trainable);
}

TEST(Normalization, SaysWhatWouldHaveBeenRight) {
  EXPECT_THAT(message_of([] { apply("{normalization: {mean: 3}}", kNormalizationInput); }),
              testing::HasSubstr("mean and variance are given together"));
  EXPECT_THAT(message_of([] { apply("{normalization: {mean: [1, 2, 3], variance: [1, 2, 3]}}", kNormalizationInput); }),
              testing::HasSubstr("shape [3] do not fit the input [batch, 2]"));
  EXPECT_THAT(message_of([] { apply("{normalization: {mean: 1, variance: -1}}", kNormalizationInput); }),
              testing::HasSubstr("a variance is negative"));
  EXPECT_THAT(message_of([] { apply("{normalization: {axis: 2}}", kNormalizationInput); }),
              testing::HasSubstr("axis 2 is outside the input [batch, 2]"));
  EXPECT_THAT(message_of([] { apply("{normalization: {axis: 0}}", kNormalizationInput); }),
              testing::HasSubstr("axis 0 of the input [batch, 2] has no known size"));
  EXPECT_THAT(message_of([] { apply("{normalization: {mean: [[1], 2], variance: 1}}", kNormalizationInput); }),
              testing::HasSubstr("normalization.mean: expected lists of equal depth"));
}

std::string normalization_graph(const std::string& initializers, const std::string& nodes) {
  return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2] x) => (float[N, 2] y) <" + initializers + "> { " + nodes + " }";
}

const std::string kConstants =
    "float[2] m = {2, 4}, float[1, 2] s = {2, 4}, float[2] v = {4, 16}, float e = {0.0000001}, float[2] n = {-1, 1}";

TEST(NormalizationRecognition, FindsEachWayOfWritingIt) {
  for (const char* nodes : {"c = Sub(x, m) y = Div(c, s)", "c = Mul(x, s) y = Add(c, m)",
                            "c = Sub(x, m) r = Sqrt(v) d = Max(r, e) y = Div(c, d)", "y = Div(x, s)"}) {
    const auto layers = recognised(normalization_graph(kConstants, nodes));
    ASSERT_EQ(layers.size(), 1U) << nodes;
    EXPECT_EQ(layers[0].kind, "normalization");
    expect_equal_answers(normalization_graph(kConstants, nodes), kNormalizationInput);
  }
}

TEST(NormalizationRecognition, LeavesNegativeFactorsAlone) {
  EXPECT_THAT(message_of([] { recognised(normalization_graph(kConstants, "y = Mul(x, n)")); }), testing::HasSubstr("Mul"));
}

}  // namespace
}  // namespace upkeep::layers
