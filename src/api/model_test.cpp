#include <thread>

#include "api/api_testing.hpp"

namespace upkeep::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Model doubling() {
  const Layer x = Input({.shape = {2}, .name = "x"});
  Model model({x}, {Dense({.units = 2, .use_bias = false, .name = "y"})(x)});
  model.set_weights({{"y/kernel", Tensor({2, 2}, std::vector<float>{2, 0, 0, 2})}});
  return model;
}

TEST(Model, GoesThroughFilesOfSeveralFormats) {
  const TemporaryFolder folder;
  const Model model = doubling();
  const Tensor x({2, 2}, std::vector<float>{1, 2, 3, 4});
  for (const char* name : {"m.onnx", "m.h5", "m.keras"}) {
    model.save(folder / name);
    EXPECT_THAT(numbers(Model::load(folder / name).predict(x)), ElementsAre(2, 4, 6, 8)) << name;
  }
  model.save(folder / "old.onnx", formats::Onnx({.opset = 13}));
  EXPECT_THAT(numbers(Model::load(folder / "old.onnx").predict(x)), ElementsAre(2, 4, 6, 8));
}

TEST(Model, TakesWeightsOfAFileThatHoldsNothingElse) {
  const TemporaryFolder folder;
  doubling().save(folder / "weights.npz");
  const Layer x = Input({.shape = {2}, .name = "x"});
  Model model({x}, {Dense({.units = 2, .use_bias = false, .name = "y"})(x)}, 5);
  model.load_weights(folder / "weights.npz");
  EXPECT_THAT(numbers(model.predict(Tensor({1, 2}, std::vector<float>{1, 2}))), ElementsAre(2, 4));
  EXPECT_THAT(message_of([&] { model.load_weights(folder / "no.npz"); }), HasSubstr("no.npz"));
}

TEST(Model, AnswersFromManyThreads) {
  const Model model = doubling();
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&model, &right, i] {
      const auto value = static_cast<float>(i);
      const Tensors answers = model.run({{"x", Tensor({1, 2}, std::vector<float>{value, 1})}}, {.threads = i % 2});
      if (numbers(answers.at("y")) == std::vector<float>{2 * value, 2}) ++right;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8);
}

TEST(Model, IsAValue) {
  Model model = doubling();
  const Model copy = model;
  const Tensors x = {{"x", Tensor({1, 2}, std::vector<float>{1, 1})}};
  EXPECT_THAT(numbers(model.run(x).at("y")), ElementsAre(2, 2));
  model.set_weights({{"y/kernel", Tensor({2, 2}, std::vector<float>{3, 0, 0, 3})}});
  EXPECT_THAT(numbers(model.run(x).at("y")), ElementsAre(3, 3));
  EXPECT_THAT(numbers(copy.run(x).at("y")), ElementsAre(2, 2));
}

TEST(Model, SaysWhatItIs) {
  const Model model = doubling();
  const Signature signature = model.signature();
  EXPECT_EQ(signature.inputs.at(0).dtype, DType::kFloat32);
  EXPECT_THAT(*signature.inputs.at(0).dims, ElementsAre(-1, 2));
  const std::vector<LayerSummary> layers = model.layers();
  EXPECT_EQ(layers.back().name, "y");
  EXPECT_EQ(layers.back().kind, "dense");
  EXPECT_EQ(layers.back().parameters, 4);
  EXPECT_THAT(model.summary(), HasSubstr("total"));
}

TEST(Model, RefusesWhatDoesNotFitAndStaysAsItWas) {
  Model model = doubling();
  EXPECT_THAT(message_of([&] { model.run({{"z", Tensor({1, 2}, std::vector<float>{1, 2})}}); }), HasSubstr("\"z\""));
  EXPECT_THAT(message_of([&] { model.run({{"x", Tensor({1, 2}, std::vector<float>{1, 2})}}, {.outputs = {"z"}}); }), HasSubstr("\"z\""));
  EXPECT_THROW(model.run({{"x", Tensor({1, 2}, std::vector<float>{1, 2})}}, {.threads = -1}), Error);
  EXPECT_THAT(message_of([&] { model.run({{"x", Tensor({1, 3}, std::vector<float>{1, 2, 3})}}); }), HasSubstr("[1, 3]"));
  EXPECT_THAT(message_of([&] { model.set_weights({{"y/kernle", Tensor()}}); }), HasSubstr("y/kernel"));
  EXPECT_THAT(message_of([&] { model.set_weights({{"y/kernel", Tensor({1}, std::vector<float>{1})}}); }),
              HasSubstr("expected float32[2, 2]"));
  EXPECT_THAT(message_of([&] { model.fit(Tensor({1, 2}, std::vector<float>{1, 2}), Tensor({1, 2}, std::vector<float>{1, 2})); }),
              HasSubstr("not compiled"));
  EXPECT_THAT(message_of([&] { Model::load("there-is-no-such.onnx"); }), HasSubstr("there-is-no-such.onnx"));
  EXPECT_THAT(numbers(model.predict(Tensor({1, 2}, std::vector<float>{1, 1}))), ElementsAre(2, 2));
}

}  // namespace
}  // namespace upkeep::api
