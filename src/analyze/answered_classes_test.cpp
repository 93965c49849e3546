#include "analyze/answered_classes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "graph/signature.hpp"
#include "train/training_record.hpp"

namespace upkeep {

using testing::ElementsAre;

namespace {

Model model_with_output(std::int64_t width, const std::string& loss, const std::vector<std::string>& classes = {}) {
  Model model;
  model.graph.outputs = {{.name = "out", .type = {.dtype = DType::kFloat32, .shape = Dims{Dim("batch"), width}}}};
  if (!loss.empty()) set_training_record(model, {.compile = Compile{.loss = parse_named(loss)}});
  Signature signature = signature_of(model);
  signature.outputs[0].classes = classes;
  if (!classes.empty()) set_signature(model, signature);
  return model;
}

const float kMissing = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST(AnsweredClasses, AreThoseOfModelsThatTellClassesApart) {
  EXPECT_EQ(answered_classes(model_with_output(2, "", {"ant", "bee"}))->names, (std::vector<std::string>{"ant", "bee"}));
  EXPECT_TRUE(answered_classes(model_with_output(3, "sparse_categorical_crossentropy"))->names.empty());
  EXPECT_EQ(answered_classes(model_with_output(1, "binary_crossentropy"))->threshold, 0.5);
  EXPECT_EQ(answered_classes(model_with_output(1, "bce:from_logits=true", {"no", "yes"}))->threshold, 0);
  EXPECT_FALSE(answered_classes(model_with_output(3, "mse")));
  EXPECT_FALSE(answered_classes(model_with_output(1, "mse")));
  EXPECT_FALSE(answered_classes(Model()));
}

TEST(AnsweredClasses, OfTwoAreToldByTheStatedThreshold) {
  for (const char* loss : {"", "binary_crossentropy"}) {
    Model model = model_with_output(1, loss);
    Signature signature = signature_of(model);
    signature.outputs[0].answer = Answer::kBinary;
    signature.outputs[0].threshold = 0.3;
    set_signature(model, signature);
    ASSERT_TRUE(answered_classes(model)) << loss;
    EXPECT_EQ(answered_classes(model)->threshold, 0.3) << loss;
  }
}

TEST(AnsweredClasses, AreTheLikeliest) {
  const Tensor values({3, 2}, std::vector<float>{0.2F, 0.8F, 0.6F, 0.4F, kMissing, 0.5F});
  EXPECT_THAT(likeliest_classes(values, {.names = {"ant", "bee"}}).strings(), ElementsAre("bee", "ant", ""));
  EXPECT_THAT(likeliest_classes(values.rows(0, 2), {}).data<std::int64_t>(), ElementsAre(1, 0));
  EXPECT_TRUE(std::isnan(likeliest_classes(values, {}).data<double>()[2]));
  EXPECT_THAT(likeliest_classes(Tensor({3, 1}, std::vector<float>{0.5F, 0.4F, 0.9F}), {}).data<std::int64_t>(), ElementsAre(0, 0, 1));
}

TEST(AnsweredClasses, NameTheColumns) {
  Table answers;
  answers.add("out.0", Tensor({1}, std::vector<float>{0.2F}));
  answers.add("out.1", Tensor({1}, std::vector<float>{0.8F}));
  const Table made = with_classes(answers, Tensor({1, 2}, std::vector<float>{0.2F, 0.8F}), "out", {.names = {"ant", "bee"}});
  EXPECT_EQ(made.names(), (std::vector<std::string>{"predicted", "out.ant", "out.bee"}));
}

}  // namespace upkeep
