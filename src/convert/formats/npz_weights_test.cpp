#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/convert_testing.hpp"
#include "convert/formats/format.hpp"
#include "data/sources/npz.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

using testing::AllOf;
using testing::HasSubstr;

namespace {

constexpr std::string_view kNet =
    "layers: [{input: {shape: [3]}}, {dense: {units: 4, activation: relu}}, {batch_normalization: {}}, {dense: {units: 1}}]";

std::string refusal_of(const sources::NamedArrays& arrays) {
  const TemporaryFolder folder;
  sources::write_npz(arrays, folder / "weights.npz");
  return message_of([&] { with_weights(model_of("layers: [{input: {shape: [2]}}, {dense: {units: 1}}]"), folder / "weights.npz"); });
}

Tensor ones(Shape shape) { return Tensor::full(std::move(shape), 1.0F); }

}  // namespace

TEST(NpzWeights, GoToAnotherModelOfTheSameLayers) {
  const TemporaryFolder folder;
  const Model first = model_of(kNet, 1);
  save_model(first, folder / "weights.npz");
  const Model second = with_weights(model_of(kNet, 2), folder / "weights.npz");
  EXPECT_EQ(weights_of(second), weights_of(first));
  EXPECT_EQ(model_to_bytes(second), model_to_bytes(first));
}

TEST(NpzWeights, StandUnderTheirNamesInKerasLayout) {
  const TemporaryFolder folder;
  save_model(model_of(kNet), folder / "weights.npz");
  const sources::NamedArrays arrays = sources::read_npz(folder / "weights.npz");
  std::vector<std::string> names;
  for (const auto& [name, array] : arrays) names.push_back(name);
  EXPECT_THAT(names, testing::ElementsAre("dense/kernel", "dense/bias", "batch_normalization/gamma", "batch_normalization/beta",
                                          "batch_normalization/moving_mean", "batch_normalization/moving_variance", "dense_1/kernel",
                                          "dense_1/bias"));
  EXPECT_EQ(arrays[0].second.shape(), (Shape{3, 4}));
}

TEST(NpzWeights, ComeInAnyNumericTypeAndOrder) {
  const TemporaryFolder folder;
  sources::write_npz(
      {{"dense/bias", Tensor({1}, std::vector<std::int64_t>{3})}, {"dense/kernel", Tensor({2, 1}, std::vector<double>{0.5, -2})}},
      folder / "weights.npz");
  const Model model = with_weights(model_of("layers: [{input: {shape: [2]}}, {dense: {units: 1}}]"), folder / "weights.npz");
  EXPECT_THAT(find(weights_of(model), "dense/kernel")->floats(), testing::ElementsAre(0.5F, -2.0F));
  EXPECT_THAT(find(weights_of(model), "dense/bias")->floats(), testing::ElementsAre(3.0F));
}

TEST(NpzWeights, AreRefusedByName) {
  EXPECT_THAT(refusal_of({{"dense/kernel", ones({2, 1})}}),
              AllOf(HasSubstr("weights.npz"), HasSubstr("lacks 1 of 2 weights: \"dense/bias\"")));
  EXPECT_THAT(refusal_of({{"dense/kernel", ones({1, 2})}, {"dense/bias", ones({1})}}),
              HasSubstr("weight \"dense/kernel\" has shape [1, 2] in the file, the model's is [2, 1]"));
  EXPECT_THAT(refusal_of({{"dense/kernle", ones({2, 1})}}), AllOf(HasSubstr("unknown weight \"dense/kernle\""), HasSubstr("dense/kernel")));
  EXPECT_THAT(refusal_of({{"dense/bias", Tensor({1}, std::vector<std::string>{"x"})}}), HasSubstr("\"dense/bias\" is string"));
}

TEST(NpzWeights, AreNotReadWhereTheyCannotFit) {
  EXPECT_THAT(refusal_of({{"dense/kernel", ones({100'000})}}), AllOf(HasSubstr("400128 bytes"), HasSubstr("2 numbers, shape [2, 1]")));
}

TEST(NpzWeights, AreNoModel) {
  const TemporaryFolder folder;
  save_model(model_of(kNet), folder / "weights.npz");
  EXPECT_THAT(message_of([&] { load_model(folder / "weights.npz"); }),
              AllOf(HasSubstr("weights only"), HasSubstr("--weights weights.npz")));
  EXPECT_THAT(message_of([&] { with_weights(model_of(kNet), folder / "model.onnx"); }), HasSubstr("no such file"));
  save_model(model_of(kNet), folder / "model.onnx");
  EXPECT_THAT(message_of([&] { with_weights(model_of(kNet), folder / "model.onnx"); }),
              AllOf(HasSubstr("cannot read weights from \".onnx\""), HasSubstr("npz (.npz)")));
}

}  // namespace upkeep
