// Test support: a model against the same model with everything written out that this room can write out.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "graph/ops.hpp"

namespace upkeep::lowerings {

// Every node that has a lowering, standard operators too, is replaced. Checked by verify().
Model written_out(const Model& model);

// Both give the same answers for these inputs, in ONNX Runtime: floats within tolerance * (1 + |y|), all else exactly.
testing::AssertionResult same_answers(const Model& model, const Model& other, const Tensors& inputs, double tolerance = 2e-6);

// --- recurrent operators -------------------------------------------------------------------------------------------

struct RecurrentCase {
  std::string op = "LSTM";
  std::vector<Attribute> attributes;
  bool bias = true, lengths = false, states = true, peepholes = false;
  std::int64_t directions = 1;
  std::int64_t layout = 0;
};
constexpr std::int64_t kSteps = 4, kBatch = 3, kFeatures = 2, kHidden = 3;
// One node with inputs "x", "w", "r", "b", "h", "c", "p" of that type, and outputs "y", "y_h", "y_c".
Model recurrent_model(const RecurrentCase& of, DType dtype);
Tensors recurrent_inputs(const RecurrentCase& of, DType dtype);
// The answers of the written-out node are those of ONNX Runtime's own, and its gradients those of finite differences.
void expect_recurrent(const RecurrentCase& of);
void expect_recurrent_gradients(const RecurrentCase& of);
// With the batch in front (layout 1), which ONNX Runtime does not have: the transposed answers of layout 0.
void expect_batch_first(RecurrentCase of);

}  // namespace upkeep::lowerings
