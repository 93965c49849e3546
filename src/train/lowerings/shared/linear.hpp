// What the operators of ai.onnx.ml have in common.
#pragma once

#include "train/lowerings/lowering.hpp"

namespace upkeep::lowerings {

constexpr const char* kMl = "ai.onnx.ml";

// A weight of the node, found in its attributes: an initializer "NODE/name", which training can change.
Value weight(Ops& ops, const std::string& name, Tensor tensor);
// A number that training leaves alone: a Constant node.
Value fixed(Ops& ops, Tensor tensor);

// x W^T + b for the attributes "coefficients" ([rows, features]) and "intercepts".
Value linear_scores(const Composite& node, Ops& ops, std::int64_t rows);

// x as float32 [N, features]; the operators take other numbers, and a single row without its axis, too.
Value as_rows(Ops& ops, Value x);

}  // namespace upkeep::lowerings
