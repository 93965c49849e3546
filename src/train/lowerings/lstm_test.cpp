#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"
#include "train/lowerings/shared/recurrent.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {
namespace {

Attribute strings(const char* name, std::vector<std::string> values) { return {name, std::move(values), {}}; }
Attribute direction(const char* words) { return {"direction", std::string(words), {}}; }

TEST(LstmLowering, GivesTheAnswersOfOnnxRuntimesOperator) {
  expect_recurrent({});
  expect_recurrent({.bias = false, .states = false});
  expect_recurrent({.attributes = {direction("reverse")}, .lengths = true, .peepholes = true});
  expect_recurrent({.attributes = {direction("bidirectional")}, .lengths = true, .peepholes = true, .directions = 2});
  expect_recurrent({.attributes = {{"clip", 0.3f, {}}}, .peepholes = true});
  expect_recurrent({.attributes = {{"input_forget", std::int64_t{1}, {}}}});
}

TEST(LstmLowering, KnowsEveryActivation) {
  for (const char* name :
       {"Relu", "Tanh", "Sigmoid", "Softsign", "Softplus", "LeakyRelu", "ThresholdedRelu", "Elu", "Affine", "ScaledTanh", "HardSigmoid"}) {
    SCOPED_TRACE(name);
    expect_recurrent({.attributes = {strings("activations", {name, "Tanh", "Sigmoid"})}});
  }
  expect_recurrent({.attributes = {strings("activations", {"HardSigmoid", "ScaledTanh", "LeakyRelu"}),
                                   {"activation_alpha", std::vector<float>{0.3f, 1.5f, 0.2f}, {}},
                                   {"activation_beta", std::vector<float>{0.4f, 0.6f}, {}}}});
  expect_recurrent({.attributes = {direction("bidirectional"),
                                   strings("activations", {"Sigmoid", "Tanh", "Elu", "HardSigmoid", "Softsign", "Tanh"}),
                                   {"activation_alpha", std::vector<float>{0.7f, 0.25f}, {}},
                                   {"activation_beta", std::vector<float>{0.45f}, {}}},
                    .directions = 2});
}

TEST(LstmLowering, HasGradients) {
  expect_recurrent_gradients({.peepholes = true});
  expect_recurrent_gradients({.attributes = {direction("reverse"), {"clip", 5.0f, {}}}, .bias = false, .lengths = true});
  expect_recurrent_gradients(
      {.attributes = {direction("bidirectional"), {"input_forget", std::int64_t{1}, {}}}, .lengths = true, .directions = 2});
}

TEST(LstmLowering, TakesTheBatchInFront) {
  expect_batch_first({.attributes = {direction("bidirectional")}, .lengths = true, .directions = 2});
  expect_recurrent_gradients({.layout = 1});
}

TEST(LstmLowering, HasSecondDerivatives) {
  const RecurrentCase one{.bias = false};
  const Model model = written_out(recurrent_model(one, DType::kFloat64));
  const Tensors inputs = recurrent_inputs(one, DType::kFloat64);
  EXPECT_MODEL_GRADIENTS(gradients::gradients_alone(model, inputs), inputs);
}

TEST(LstmLowering, IsDifferentiatedWithoutBeingAsked) {
  const RecurrentCase one;
  const Tensors inputs = recurrent_inputs(one, DType::kFloat32);
  const Model model = recurrent_model(one, DType::kFloat32);
  const Model gradient = gradients::with_gradients(model, inputs);
  EXPECT_TRUE(same_answers(model, gradient, inputs));
  EXPECT_EQ(gradients::count(gradient, "LSTM"), 0);
}

TEST(LstmLowering, NamesWhatItDoesNotKnow) {
  const Model model = recurrent_model({.attributes = {strings("activations", {"Sigmoid", "Tanhh", "Tanh"})}}, DType::kFloat32);
  try {
    written_out(model);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("Tanh"));
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

}  // namespace
}  // namespace upkeep::lowerings
