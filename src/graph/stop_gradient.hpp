// Nodes that hand a value on and stop its gradient (keras.ops.stop_gradient).
//
// ONNX has no such operator. It is an Identity whose metadata says so: every runtime computes it, and the rules of train/gradients let no
// gradient through. The mark is part of what a graph means to whoever trains it, so rewrites keep such a node, and text names it.
#pragma once

#include "graph/ops.hpp"

namespace upkeep {

inline constexpr const char* kStopGradientKey = "upkeep.gradient";
inline constexpr const char* kStopGradientValue = "stop";

bool stops_gradient(const Node& node);

// x, without its gradient.
Value stop_gradient(Ops& ops, const Value& x);

}  // namespace upkeep
