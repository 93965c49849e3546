#include "optimize/prune/shared/judged.hpp"

#include "graph/notes.hpp"
#include "train/columns.hpp"

namespace upkeep {

namespace {

// These weights as they were, and no longer kept at zero.
Model without_pruning(const Model& before, const Model& pruned, const std::vector<std::string>& weights) {
  Model model = with_weights_as_before(before, pruned, weights);
  const std::vector<std::string> masked_before = metadata_list(before, kPrunedKey);
  std::vector<std::string> masked = metadata_list(pruned, kPrunedKey);
  std::erase_if(
      masked, [&](const std::string& name) { return std::ranges::contains(weights, name) && !std::ranges::contains(masked_before, name); });
  set(model.metadata, kPrunedKey, Json(masked).dump());
  return model;
}

void leave_out(Json& facts, const std::vector<std::string>& weights) {
  std::size_t zeros = 0;
  for (Json& one : facts["weights"]) {
    if (std::ranges::contains(weights, one["name"].get<std::string>())) one["zeros"] = one["zeros_before"];
    zeros += one["zeros"].get<std::size_t>();
  }
  facts["zeros"] = zeros;
  facts["sparsity"] = static_cast<double>(zeros) / facts["size"].get<double>();
}

}  // namespace

Accepted accept_pruned_elements(const Judge& judge, const Model& before, const Model& pruned, Change& change) {
  Accepted made = accept_with_reverts(
      judge, [&](const std::vector<std::string>& reverted) { return without_pruning(before, pruned, reverted); },
      most_changed_first(before, pruned));
  leave_out(change.facts, made.verdict.reverted);
  return made;
}

}  // namespace upkeep
