// What ONNX Runtime makes of a model before it runs it.
#pragma once

#include "graph/graph.hpp"

namespace upkeep {

// The graph after the runtime's own optimisations (ORT_ENABLE_EXTENDED: without those that fit the memory layout to one processor), with
// the runtime's own operators (com.microsoft: QLinearAdd, FusedConv, ...). Throws Error as Session does.
Model optimized_by_runtime(const Model& model);

}  // namespace upkeep
