// From one operator set to another, up and down, and from one IR version to another.
#pragma once

#include "graph/ops.hpp"

namespace upkeep {

// The operator sets of ai.onnx that set_opset() reads and writes.
inline constexpr std::int64_t kOldestOpset = 7;
inline constexpr std::int64_t kNewestOpset = 22;

// Writes the model in another operator set of ai.onnx: the same values under the same names, sub-graphs and the model's own functions
// included. Operators that an older set does not have are written out where ONNX defines them by others. Throws Error{kUnsupported} naming
// the node that cannot be said there; the model is then as it was.
void set_opset(Model& model, std::int64_t version);

// The same for a graph that `ops` is appending to, but its functions stay as they are.
void set_opset(Ops& ops, std::int64_t version);

// Declares another IR version, 4 to 10. Throws Error{kUnsupported} naming what the version has no field for (functions before 8, training
// tensors before 7, ...); the model is then as it was.
void set_ir_version(Model& model, std::int64_t version);

}  // namespace upkeep
