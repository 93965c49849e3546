// Test support: the gradients of a whole model, sub-graphs and all, against finite differences of it, both executed by ONNX Runtime.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "train/gradients/gradient.hpp"

namespace upkeep::gradients {

// A model in float64, from text.
Model double_model(std::string_view text);

// The model with an output PREFIX + NAME for each float input NAME: of sum(r * y), over all float outputs y, where r are fixed numbers in
// [0.5, 2], or ones when `plain`. Checked by verify().
Model with_gradients(const Model& model, const Tensors& inputs, bool plain = false, const std::string& prefix = "grad_");

// The gradients of a model as a model: with_gradients() without the outputs that the model had.
Model gradients_alone(const Model& model, const Tensors& inputs);

// Floats of the inputs are moved; the model gives the same answers with its gradients.
testing::AssertionResult whole_model_gradients_match(const Model& model, const Tensors& inputs);
#define EXPECT_MODEL_GRADIENTS(...) EXPECT_TRUE(upkeep::gradients::whole_model_gradients_match(__VA_ARGS__))

}  // namespace upkeep::gradients
