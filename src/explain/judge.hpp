// How bad answers are beside the truth: what permutation importance measures changes of.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "explain/subject.hpp"

namespace upkeep::explain {

// By a metric (metrics/): smaller is better, whatever way the metric goes. Empty: mse of numbers, and of classes the share that is right,
// with its sign turned. `targets` [N, k], or class indices [N, 1]. Throws Error{kInvalidArgument}: unknown metric, no targets, a subject
// that is not on the scale of its output.
std::function<double(const std::vector<double>& answers)> loss_beside(const Subject& subject, const Tensor& targets,
                                                                      const std::string& metric = {});

}  // namespace upkeep::explain
