// Which steps of a model's answers count in its metrics, where Keras's masks leave some out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "graph/graph.hpp"

namespace upkeep {

struct CountedSteps {
  Tensor mask;                    // [rows, steps] float32; 0: the step does not count
  bool all_metrics_heed = false;  // whether all metrics leave steps out, as Keras 2's do, or those that do so in Keras 3
};

// nullopt where every step counts: no mask reaches the output (none named: the first), or it has no more axes than the mask.
// `predictions` are its answers to `inputs`.
std::optional<CountedSteps> counted_steps(const Model& model, const Tensors& inputs, const Tensor& predictions, std::int64_t batch_size,
                                          const std::string& name = {});

}  // namespace upkeep
