#include "convert/random_inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "convert/convert_testing.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

using testing::AllOf;
using testing::AnyOf;
using testing::Each;
using testing::Ge;
using testing::Lt;

namespace {

Tensor only_input(const Model& model, std::int64_t rows) { return random_inputs(model, rows, 1).begin()->second.cast(DType::kFloat64); }

double largest_of(const Tensor& tensor) { return *std::ranges::max_element(tensor.data<double>()); }

}  // namespace

TEST(RandomInputs, FillEveryInputFromTheSeed) {
  const Model model = model_from_text(R"(
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[n, 3, m] a, int64[n] b, float[n, m] c) => (float[n, 3, m] y) { y = Identity(a) })");
  const Tensors inputs = random_inputs(model, 5, 1);
  EXPECT_EQ(inputs.at("a").shape(), (Shape{5, 3, 8}));
  EXPECT_EQ(inputs.at("c").shape(), (Shape{5, 8}));
  EXPECT_EQ(inputs.at("b").dtype(), DType::kInt64);
  EXPECT_THAT(inputs.at("b").data<std::int64_t>(), Each(AnyOf(0, 1)));
  EXPECT_EQ(inputs.at("a"), random_inputs(model, 5, 1).at("a"));
  EXPECT_NE(inputs.at("a"), random_inputs(model, 5, 2).at("a"));
}

TEST(RandomInputs, AreFewerWhereRowsAreLarge) {
  const auto of_size = [](std::int64_t size) {
    Model model;
    Ops ops(model);
    ops.output(ops.relu(ops.input("x", DType::kFloat32, {"N", size, 10})), "y");
    return enough_rows(model);
  };
  EXPECT_EQ(of_size(2), 64);
  EXPECT_EQ(of_size(10'000), 2);
  EXPECT_EQ(of_size(1'000'000), 1);
}

TEST(RandomInputs, AreRowsThatAnEmbeddingHas) {
  for (const char* dtype : {"int32", "int64", "float32"}) {
    const Model model = model_of(std::string("layers: [{input: {shape: [20], dtype: ") + dtype + "}}, {embedding: {input_dim: 37, " +
                                 "output_dim: 2}}, {flatten: {}}, {dense: {units: 1}}]");
    const Tensor drawn = only_input(model, 200);
    EXPECT_THAT(drawn.data<double>(), Each(AllOf(Ge(0.0), Lt(37.0))));
    EXPECT_EQ(std::set<double>(drawn.data<double>().begin(), drawn.data<double>().end()).size(), 37U) << dtype;  // and all of them
  }
}

TEST(RandomInputs, AreCategoriesThatAOneHotVectorHas) {
  const Model model = model_of("layers: [{input: {shape: [1], dtype: int64}}, {category_encoding: {num_tokens: 5, output_mode: one_hot}}]");
  EXPECT_EQ(largest_of(only_input(model, 100)), 4);
}

TEST(RandomInputs, ArePixelsBeforeARescaling) {
  for (const char* rescaling : {"{scale: 0.00392156862745098}", "{scale: 0.00784313725490196, offset: -1}"}) {
    const Model model = model_of(std::string("layers: [{input: {shape: [8, 8, 3]}}, {rescaling: ") + rescaling + "}, {flatten: {}}]");
    const Tensor drawn = only_input(model, 20);
    EXPECT_THAT(drawn.data<double>(), Each(AllOf(Ge(0.0), Lt(256.0))));
    EXPECT_GT(largest_of(drawn), 240);
  }
}

TEST(RandomInputs, AreNormalAfterANormalizationOfTheModelsOwn) {
  const Model model = model_from_text(R"(
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[n, 2] x) => (float[n, 2] y) <float[2] mean = {1000, -5}, float[2] deviation = {10, 0.1}> {
      c = Sub(x, mean) y = Div(c, deviation) })");
  const Tensor drawn = only_input(model, 2000);
  double sum[2] = {};
  for (std::size_t i = 0; i < 4000; ++i) sum[i % 2] += drawn.data<double>()[i];
  EXPECT_NEAR(sum[0] / 2000, 1000, 10 * 4 / std::sqrt(2000.0));  // four standard errors
  EXPECT_NEAR(sum[1] / 2000, -5, 0.1 * 4 / std::sqrt(2000.0));
}

TEST(RandomInputs, AreNormalWhereTheModelSaysNothing) {
  const Tensor drawn = only_input(model_of("layers: [{input: {shape: [10]}}, {dense: {units: 1}}]"), 400);
  double sum = 0;
  double squares = 0;
  for (const double value : drawn.data<double>()) sum += value, squares += value * value;
  EXPECT_NEAR(sum / 4000, 0, 4 / std::sqrt(4000.0));
  EXPECT_NEAR(squares / 4000, 1, 4 * std::sqrt(2 / 4000.0));
}

TEST(RandomInputs, AreWordsForAModelThatReadsThemAndOnesThatItDoesNotKnow) {
  const Model model = model_of("layers: [{input: {shape: [1], dtype: string, name: x}}, {string_lookup: {vocabulary: [a, b]}}]");
  EXPECT_THAT(random_inputs(model, 60, 1).at("x").strings(), testing::IsSupersetOf({"a", "b", "a b", "?unknown?"}));
}

}  // namespace upkeep
