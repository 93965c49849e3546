#include "train/texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layers/view/architecture.hpp"
#include "train/testing.hpp"

namespace upkeep {

using testing::ElementsAre;

namespace {

constexpr const char* kNet = R"(
layers:
  - input: {shape: [1], dtype: string, name: city}
  - string_lookup: {vocabulary: [bern, wien], output_mode: one_hot, name: place}
  - input: {shape: [2], name: size}
  - concatenate: {inputs: [place, size], name: all}
  - dense: {units: 1, name: out}
)";

Dataset rents() {
  Dataset data;
  std::vector<std::string> cities;
  std::vector<float> sizes, rents;
  for (int i = 0; i < 60; ++i) {
    cities.emplace_back(std::array{"bern", "wien", "paris"}[i % 3]);
    sizes.insert(sizes.end(), {static_cast<float>(i % 5), 1});
    rents.push_back(static_cast<float>(i % 5) + std::array{3.0F, 5.0F, 9.0F}[i % 3]);
  }
  data.inputs.emplace("city", Tensor({60, 1}, std::move(cities)));
  data.inputs.emplace("size", Tensor({60, 2}, std::move(sizes)));
  data.targets = Tensor({60, 1}, std::move(rents));
  return data;
}

}  // namespace

TEST(Texts, AreTakenOutOfTheGraphThatIsTrained) {
  const Architecture net = architecture_from_yaml(kNet);
  Forward forward = Trainable(build_model(net, initial_weights(net, 1))).forward(Phase::kTraining);
  const std::optional<Model> part = take_out_texts(forward);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->graph.inputs.size(), 1U);
  EXPECT_EQ(part->graph.inputs[0].name, "city");
  for (const ValueInfo& input : forward.model.graph.inputs) EXPECT_NE(input.type.dtype, DType::kString) << input.name;
  EXPECT_EQ(forward.data[0], "size");
  const Tensor places = predict(*part, {{"city", Tensor({3, 1}, std::vector<std::string>{"wien", "oslo", "bern"})}}).at(forward.data[1]);
  EXPECT_THAT(places.cast(DType::kInt64).data<std::int64_t>(), ElementsAre(2, 0, 1));  // 0 is unknown
}

TEST(Texts, LeaveTheWeightsThatReadTheirWordsInTheGraphThatIsTrained) {
  const auto forward_of = [](const std::string& length) {
    const Architecture net = architecture_from_yaml(
        "layers: [{input: {shape: [1], dtype: string, name: text}}, {text_vectorization: {vocabulary: [good, bad]" + length +
        "}}, {embedding: {input_dim: 4, output_dim: 3}}, {global_average_pooling1d: {}}, {dense: {units: 1}}]");
    return Trainable(build_model(net, initial_weights(net, 1))).forward(Phase::kTraining);
  };
  Forward forward = forward_of(", output_sequence_length: 5");
  const std::optional<Model> part = take_out_texts(forward);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->graph.inputs.size(), 1U);
  EXPECT_NE(forward.model.graph.input("embedding/embeddings"), nullptr);
  Forward ragged = forward_of("");
  EXPECT_THAT(message_of([&] { take_out_texts(ragged); }), testing::HasSubstr("output_sequence_length"));
}

TEST(Texts, LeaveOtherModelsAlone) {
  Forward forward = Trainable(problem().model).forward(Phase::kTraining);
  EXPECT_FALSE(take_out_texts(forward));
}

// Rent = 1 a size + 3, 5 or 9 by city is found exactly: a line and three constants.
TEST(Texts, AreTrainedOn) {
  const Architecture net = architecture_from_yaml(kNet);
  Trainer trainer(build_model(net, initial_weights(net, 1)), compile("adam:learning_rate=0.1"));
  const Dataset data = rents();
  trainer.fit(data, {.epochs = 200, .seed = 1, .show_progress = false});
  EXPECT_LT(trainer.evaluate(data)[0].second, 1e-3);
  const Tensor answers = predict(trainer.model(), data.inputs).at("out");
  EXPECT_NEAR(answers.floats()[2], 11, 0.2);  // paris, which the vocabulary lacks: size 2 + 9
}

}  // namespace upkeep
