#include "api/api_testing.hpp"
#include "convert/formats/format.hpp"

namespace upkeep::api {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

TEST(FunctionalModel, SharesTheWeightsOfALayerThatIsCalledTwice) {
  const Layer a = Input({.shape = {2}, .name = "a"}), b = Input({.shape = {2}, .name = "b"});
  const Layer shared = Dense({.units = 1, .use_bias = false, .name = "score"});
  Model model({a, b}, {Subtract()({shared(a), shared(b)})});
  EXPECT_EQ(model.weights().size(), 1U);
  model.set_weights({{"score/kernel", Tensor({2, 1}, std::vector<float>{3, 5})}});
  const Tensors answers = model.run({{"a", Tensor({1, 2}, std::vector<float>{1, 2})}, {"b", Tensor({1, 2}, std::vector<float>{10, 1})}});
  EXPECT_THAT(numbers(answers.at("subtract")), ElementsAre(13 - 35));
}

TEST(FunctionalModel, HasSeveralInputsAndOutputsByName) {
  const Layer x = Input({.shape = {3}, .name = "x"}), y = Input({.shape = {2}, .name = "y"});
  const Value both = Concatenate({.name = "both"})({x, y});
  const Model model({x, y}, {Reshape({.target_shape = {5, 1}, .name = "tall"})(both), both});
  EXPECT_THAT(model.input_names(), ElementsAre("x", "y"));
  EXPECT_THAT(model.output_names(), ElementsAre("tall", "both"));
  const Tensors answers = model.run({{"x", Tensor({1, 3}, std::vector<float>{1, 2, 3})}, {"y", Tensor({1, 2}, std::vector<float>{4, 5})}});
  EXPECT_EQ(answers.at("tall").shape(), Shape({1, 5, 1}));
  EXPECT_THAT(numbers(answers.at("both")), ElementsAre(1, 2, 3, 4, 5));
}

TEST(FunctionalModel, TakesOneOfSeveralValuesOfALayer) {
  const Layer x = Input({.shape = {4, 2}});
  const Value lstm = LSTM({.units = 3, .return_state = true})(x);
  const Model model({x}, {lstm, lstm.output(1), lstm.output(2)});
  const Tensors answers = model.run({{"input", random_uniform({2, 4, 2}, 1)}});
  EXPECT_EQ(answers.at("lstm"), answers.at("lstm:1"));  // without sequences the output is h
  EXPECT_FALSE(answers.at("lstm") == answers.at("lstm:2"));
}

// The same net in YAML, which other tests compare with Keras.
TEST(FunctionalModel, EqualsTheSameNetAsAFile) {
  const TemporaryFolder folder;
  write_file(folder / "net.yaml", R"(
layers:
  - input: {shape: [8, 8, 3], name: image}
  - conv2d: {filters: 4, kernel_size: [3, 5], strides: 2, padding: same, activation: {class_name: leaky_relu, config: {negative_slope: 0.3}}}
  - zero_padding2d: {padding: [[1, 2], [0, 1]]}
  - global_average_pooling2d
  - dense: {units: 3, kernel_initializer: "random_normal:stddev=0.2", kernel_regularizer: "l2:l2=0.1"}
)");
  const Layer image = Input({.shape = {8, 8, 3}, .name = "image"});
  Value value = Conv2D(
      {.filters = 4, .kernel_size = {3, 5}, .strides = 2, .padding = "same", .activation = {"leaky_relu", {{"negative_slope", 0.3}}}})(
      image);
  value = GlobalAveragePooling2D()(ZeroPadding2D({.padding = {{1, 2}, {0, 1}}})(value));
  value = Dense(
      {.units = 3, .kernel_initializer = {"random_normal", {{"stddev", 0.2}}}, .kernel_regularizer = regularizers::L2({.l2 = 0.1})})(value);
  const Model made({image}, {value}, 7), loaded = Model::load(folder / "net.yaml", 7);
  const Tensors x = {{"image", random_uniform({2, 8, 8, 3}, 3)}};
  EXPECT_EQ(made.run(x), loaded.run(x));
}

TEST(FunctionalModel, WrapsLayersInLayers) {
  const Layer x = Input({.shape = {4, 2}});
  const Model model({x}, {Bidirectional({.layer = GRU({.units = 3})})(x), TimeDistributed({.layer = Dense({.units = 5})})(x)});
  const Tensors answers = model.run({{"input", random_uniform({2, 4, 2}, 1)}});
  EXPECT_EQ(answers.at("bidirectional").shape(), Shape({2, 6}));
  EXPECT_EQ(answers.at("time_distributed").shape(), Shape({2, 4, 5}));
}

TEST(FunctionalModel, IsBuiltOfThousandsOfLayers) {
  const Layer x = Input({.shape = {1}});
  Value value = x;
  for (int i = 0; i < 3000; ++i) value = Identity()(value);
  EXPECT_EQ(numbers(Model({x}, {value}).run({{"input", Tensor({1, 1}, std::vector<float>{5})}}).begin()->second), std::vector<float>{5});
}

TEST(FunctionalModel, SaysWhatIsWrong) {
  const Layer x = Input({.shape = {2}, .name = "x"}), other = Input({.shape = {2}, .name = "other"});
  EXPECT_THAT(message_of([&] { Model({x}, {Add()({x, other})}); }), HasSubstr("input \"other\", which is not among the model's inputs"));
  EXPECT_THAT(message_of([&] { Model({Dense({.units = 1})(x)}, {Dense({.units = 1})(x)}); }), HasSubstr("no input of a model"));
  EXPECT_THAT(message_of([&] { Flatten()(Dense({.units = 1})); }), HasSubstr("call it on one"));
  EXPECT_THAT(message_of([&] { x(x); }), HasSubstr("an Input reads nothing"));
  EXPECT_THAT(message_of([&] { Model({x}, {Dense({.units = 3, .activation = "rleu"})(x)}); }), HasSubstr("relu"));
  EXPECT_THAT(message_of([&] { Model({x}, {Dense({.units = 3, .name = "d"})(Dense({.units = 3, .name = "d"})(x))}); }),
              HasSubstr("two layers are called \"d\""));
}

}  // namespace
}  // namespace upkeep::api
