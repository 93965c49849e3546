// What changed in one part that two models have.
#pragma once

#include <vector>

#include "analyze/model_diff.hpp"
#include "analyze/model_parts.hpp"

namespace upkeep {

// Weights go together by name where both have it, else by place where there are as many.
std::vector<WeightChange> weight_changes(const ModelPart& first, const ModelPart& second);
// Settings that differ in meaning, not in spelling. null stands for one that the other kind of part does not have.
std::vector<ValueChange> setting_changes(const ModelPart& first, const ModelPart& second);

}  // namespace upkeep
