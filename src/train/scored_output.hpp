// The output of a model that targets are compared with.
#pragma once

#include "graph/element_types.hpp"
#include "graph/graph.hpp"

namespace upkeep {

// The first output of floats: scikit-learn's classifiers give their labels before the probabilities. The first output where none has
// floats. The model must have an output.
inline const ValueInfo& scored_output(const Model& model) {
  for (const ValueInfo& output : model.graph.outputs)
    if (is_floating(output.type.dtype)) return output;
  return model.graph.outputs.front();
}

}  // namespace upkeep
