#include "optimize/prune/prune.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "graph/onnx.hpp"
#include "optimize/optimize_testing.hpp"
#include "train/columns.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

const Tensor& weight_of(const Model& model, const std::string& name) { return *model.graph.initializer(name); }

std::int64_t zeros(const Tensor& tensor) { return std::ranges::count(tensor.cast(DType::kFloat32).floats(), 0.0f); }

// One dense layer of 2 x 5 with this kernel.
Model with_kernel(std::vector<float> kernel) {
  Model model = model_of("layers: [{input: {shape: [2]}}, {dense: {units: 5}}]");
  *model.graph.initializer("dense/kernel") = Tensor({2, 5}, std::move(kernel));
  return model;
}

std::vector<float> pruned_kernel(std::vector<float> kernel, double sparsity) {
  Model model = with_kernel(std::move(kernel));
  prune_elements(model, {"magnitude", {{"sparsity", sparsity}}});
  const auto values = weight_of(model, "dense/kernel").floats();
  return {values.begin(), values.end()};
}

Model foreign() {
  return model_from_text(R"(
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[n, 1, 3, 3] x) => (double[n, 2] y)
    <float[2, 1, 3, 3] k = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9},
     double[2, 2] w = {4.0, 3.0, 2.0, 1.0}, float[1, 2] scale = {1.0, 1.0}, int64[2] shape = {-1, 2}>
    {
      c = Conv(x, k)
      f = Reshape(c, shape)
      s = Mul(f, scale)
      d = Cast<to = 11>(s)
      y = MatMul(d, w)
    })");
}

}  // namespace

TEST(Prune, HitsTheCountExactlyRoundingHalvesUp) {
  const std::vector<float> kernel = {9, 1, 8, 2, 7, 3, 6, 4, 5, 10};
  for (const auto& [sparsity, expected] :
       std::vector<std::pair<double, std::int64_t>>{{0, 0}, {0.04, 0}, {0.05, 1}, {0.1, 1}, {0.24, 2}, {0.25, 3}, {0.5, 5}, {0.94, 9}})
    EXPECT_EQ(std::ranges::count(pruned_kernel(kernel, sparsity), 0.0f), expected) << sparsity;
}

TEST(Prune, BreaksTiesByIndex) { EXPECT_THAT(pruned_kernel(std::vector<float>(10, 1.0f), 0.3), ElementsAre(0, 0, 0, 1, 1, 1, 1, 1, 1, 1)); }

TEST(Prune, CountsZerosThatAreThereAlready) {
  EXPECT_THAT(pruned_kernel({0, 5, 0, 4, 3, 2, 1, 6, 7, 8}, 0.3), ElementsAre(0, 5, 0, 4, 3, 2, 0, 6, 7, 8));
  EXPECT_THAT(pruned_kernel({0, 5, 0, 4, 0, 2, 1, 6, 7, 8}, 0.1), ElementsAre(0, 5, 0, 4, 0, 2, 1, 6, 7, 8));
}

TEST(Prune, ByLayerGivesEachKernelItsPartAndLeavesBiases) {
  Model model = three_layers();
  const Tensor bias = Tensor({5}, std::vector<float>{1, 2, 3, 4, 5});
  *model.graph.initializer("dense/bias") = bias;
  const Change change = prune_elements(model, {"magnitude", {{"sparsity", 0.5}}});
  EXPECT_EQ(zeros(weight_of(model, "dense/kernel")), 10);   // of 4 x 5
  EXPECT_EQ(zeros(weight_of(model, "dense_1/kernel")), 8);  // of 5 x 3, rounded up
  EXPECT_EQ(zeros(weight_of(model, "dense_2/kernel")), 3);  // of 3 x 2
  EXPECT_EQ(weight_of(model, "dense/bias"), bias);
  EXPECT_EQ(change.facts["zeros"], 21);
  EXPECT_EQ(change.facts["size"], 41);
  EXPECT_EQ(change.facts["weights"][1], Json({{"name", "dense_1/kernel"}, {"size", 15}, {"zeros_before", 0}, {"zeros", 8}}));
}

TEST(Prune, GloballyRanksAllKernelsTogether) {
  Model model = three_layers();
  *model.graph.initializer("dense/kernel") = Tensor::full({4, 5}, 1.0f);
  *model.graph.initializer("dense_1/kernel") = Tensor::full({5, 3}, 2.0f);
  *model.graph.initializer("dense_2/kernel") = Tensor::full({3, 2}, 3.0f);
  prune_elements(model, {"magnitude", {{"sparsity", 0.6}, {"scope", "global"}}});  // 24.6 of 41, so 25: all 20 ones and 5 of the twos
  EXPECT_EQ(zeros(weight_of(model, "dense/kernel")), 20);
  EXPECT_EQ(zeros(weight_of(model, "dense_1/kernel")), 5);
  EXPECT_EQ(zeros(weight_of(model, "dense_2/kernel")), 0);
}

TEST(Prune, TakesTheWeightsThatPatternsName) {
  Model model = three_layers();
  *model.graph.initializer("dense_1/bias") = Tensor({3}, std::vector<float>{1, 2, 3});
  prune_elements(model, {"magnitude", {{"sparsity", 0.34}, {"weights", {"dense_1/*", "*_2/kernel"}}}});
  EXPECT_EQ(zeros(weight_of(model, "dense/kernel")), 0);
  EXPECT_EQ(zeros(weight_of(model, "dense_1/kernel")), 5);
  EXPECT_EQ(weight_of(model, "dense_1/bias"), Tensor({3}, std::vector<float>{0, 2, 3}));
  EXPECT_EQ(zeros(weight_of(model, "dense_2/kernel")), 2);
}

TEST(Prune, RecordsWhichZerosTrainingMustKeep) {
  Model model = three_layers();
  prune_elements(model, {"magnitude", {{"sparsity", 0.5}, {"weights", "dense_1/kernel"}}});
  EXPECT_THAT(metadata_list(model, kPrunedKey), ElementsAre("dense_1/kernel"));
  prune_elements(model, {"random", {{"sparsity", 0.2}, {"weights", "dense/kernel"}}});
  EXPECT_THAT(metadata_list(model, kPrunedKey), ElementsAre("dense_1/kernel", "dense/kernel"));
}

TEST(Prune, SparesBiasesOfAnyRank) {
  Model model = model_of(
      "layers: [{input: {shape: [3, 4]}}, {multi_head_attention: {num_heads: 2, key_dim: 2, name: a, bias_initializer: ones, inputs: "
      "[input, input]}}]");
  prune_elements(model, {"magnitude", {{"sparsity", 0.5}, {"scope", "global"}}});
  EXPECT_EQ(zeros(weight_of(model, "a/query/kernel")) > 0, true);
  EXPECT_EQ(zeros(weight_of(model, "a/query/bias")), 0);
}

TEST(Prune, FindsTheKernelsOfAForeignGraph) {
  Model model = foreign();
  prune_elements(model, {"magnitude", {{"sparsity", 0.5}}});
  EXPECT_EQ(weight_of(model, "k"), Tensor({2, 1, 3, 3}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(weight_of(model, "w"), Tensor({2, 2}, std::vector<double>{4, 3, 0, 0}));
  EXPECT_EQ(weight_of(model, "scale"), Tensor({1, 2}, std::vector<float>{1, 1}));
  EXPECT_NO_THROW(Session{model});
}

TEST(Prune, SaysWhatIsWrongAndChangesNothing) {
  Model model = three_layers();
  const std::string before = model_to_bytes(model);
  const auto text = [&](const NamedSettings& method) { return message_of([&] { prune_elements(model, method); }); };
  EXPECT_THAT(text({"magnitud", {{"sparsity", 0.5}}}), HasSubstr("magnitude"));
  EXPECT_THAT(text({"magnitude", {{"sparsity", 1.0}}}), HasSubstr("[0, 1)"));
  EXPECT_THAT(text({"magnitude", {{"sparsity", -0.1}}}), HasSubstr("sparsity"));
  EXPECT_THAT(text({"magnitude", {{"scope", "everything"}}}), HasSubstr("global"));
  EXPECT_THAT(text({"magnitude", {{"weights", "dense_7/kernel"}}}), AllOf(HasSubstr("dense_7/kernel"), HasSubstr("dense_1/kernel")));
  EXPECT_EQ(model_to_bytes(model), before);
}

TEST(Prune, RefusesWeightsThatAreNotFinite) {
  Model model = with_kernel({1, 2, std::numeric_limits<float>::quiet_NaN(), 4, 5, 6, 7, 8, 9, 10});
  EXPECT_THAT(message_of([&] { prune_elements(model, {"magnitude", {{"sparsity", 0.5}}}); }),
              AllOf(HasSubstr("dense/kernel"), HasSubstr("element 2")));
}

TEST(Prune, SaysWhenThereIsNothingToPrune) {
  Model model = model_of("layers: [{input: {shape: [2]}}, {activation: {activation: relu}}]");
  EXPECT_THAT(message_of([&] { prune_elements(model, {"magnitude", {{"sparsity", 0.5}}}); }), HasSubstr("no kernel"));
}

}  // namespace upkeep
