#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "train/testing.hpp"

namespace upkeep {

using testing::ElementsAreArray;
using testing::HasSubstr;

namespace {

Tensor counting(std::int64_t rows, std::int64_t columns) {
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  std::iota(values.begin(), values.end(), 0.0f);
  return Tensor({rows, columns}, values);
}

}  // namespace

TEST(Predict, JoinsBatchesOfAnySize) {
  const auto [model, data] = problem();
  const Tensor whole = predict(model, data.inputs, 1000).begin()->second;
  EXPECT_EQ(whole.shape(), (Shape{100, 1}));
  for (const std::int64_t size : {1, 7, 100}) {
    const Tensor parts = predict(model, data.inputs, size).begin()->second;
    ASSERT_EQ(parts.shape(), whole.shape());
    for (std::size_t i = 0; i < 100; ++i) EXPECT_NEAR(parts.floats()[i], whole.floats()[i], 1e-6) << size;
  }
}

TEST(Predict, RunsForeignModelsWithSeveralOutputs) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 2] x) => (float[N, 2] twice, int64[N, 1] best) {
      twice = Add(x, x)
      best = ArgMax<axis = 1>(x)
    })");
  const Tensors outputs = predict(model, {{"x", counting(5, 2)}}, 2, 1);
  EXPECT_THAT(outputs.at("twice").floats(), ElementsAreArray({0, 2, 4, 6, 8, 10, 12, 14, 16, 18}));
  EXPECT_EQ(outputs.at("best"), Tensor({5, 1}, std::vector<std::int64_t>{1, 1, 1, 1, 1}));
}

TEST(Predict, FillsUpTheBatchOfAModelThatTakesOnlyOneSize) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[4, 2] x) => (float[4, 2] y) { y = Neg(x) })");
  const Tensor y = predict(model, {{"x", counting(6, 2)}}, 256, 1).at("y");
  EXPECT_EQ(y.shape(), (Shape{6, 2}));
  EXPECT_EQ(y.floats()[11], -11.0f);
}

TEST(Predict, ConvertsNumbersToTheModelsType) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (double[N, 2] x) => (double[N, 2] y) { y = Neg(x) })");
  EXPECT_EQ(predict(model, {{"x", counting(1, 2)}}).at("y").dtype(), DType::kFloat64);
}

TEST(Predict, RefusesNumbersThatTheModelsTypeDoesNotHave) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (int64[N] x) => (int64[N] y) { y = Identity(x) })");
  EXPECT_THAT(message_of([&] { predict(model, {{"x", Tensor({2}, std::vector<float>{1, 1.5F})}}); }),
              HasSubstr("input \"x\": row 2 holds 1.5, which is no int64"));
  EXPECT_EQ(predict(model, {{"x", Tensor({1}, std::vector<std::int64_t>{9007199254740993})}}).at("y").data<std::int64_t>()[0],
            9007199254740993);
}

TEST(Predict, GivesAScalarToEveryBatch) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N] x, float rate) => (float[N] y) { y = Mul(x, rate) })");
  const Tensors inputs = {{"x", Tensor({3}, std::vector<float>{1, 2, 3})}, {"rate", Tensor::scalar(2.0F)}};
  EXPECT_THAT(predict(model, inputs, 2).at("y").floats(), ElementsAreArray({2, 4, 6}));
}

TEST(Predict, RunsOnceWhereFirstAxesDiffer) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 1] x, float[2, N] state) => (float[2, N] next) { next = Add(x, state) })");
  const Tensors inputs = {{"x", Tensor({1, 1}, std::vector<float>{1})}, {"state", Tensor({2, 1}, std::vector<float>{10, 20})}};
  EXPECT_EQ(predict(model, inputs, 1).at("next"), Tensor({2, 1}, std::vector<float>{11, 21}));
  const Model sum = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 1] a, float[N, 1] b) => (float[N, 1] y) { y = Add(a, b) })");
  EXPECT_THAT(message_of([&] { predict(sum, {{"a", counting(1, 1)}, {"b", counting(4, 1)}}); }), HasSubstr("has 4 rows, another has 1"));
}

TEST(Predict, SaysWhatIsWrong) {
  const auto [model, data] = problem();
  EXPECT_THAT(message_of([&, &net = model] { predict(net, {{"input", Tensor::full({3, 9}, 1.0f)}}); }), HasSubstr("[batch, 10]"));
  EXPECT_THAT(message_of([&, &net = model] { predict(net, {{"inputs", Tensor::full({3, 10}, 1.0f)}}); }), HasSubstr("input"));
  EXPECT_THAT(message_of([&, &net = model] { predict(net, {{"input", Tensor::full({0, 10}, 1.0f)}}); }), HasSubstr("no rows"));
  EXPECT_THAT(message_of([&, &net = model] { predict(net, {}); }), HasSubstr("no rows"));
  const Model sum = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 2] x) => (float y) { y = ReduceSum<keepdims = 0>(x) })");
  EXPECT_THAT(message_of([&] { predict(sum, {{"x", counting(4, 2)}}, 2); }), HasSubstr("one row per input row"));
}

}  // namespace upkeep
