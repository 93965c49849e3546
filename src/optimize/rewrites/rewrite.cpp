#include "optimize/rewrites/rewrite.hpp"

#include "base/format.hpp"
#include "layers/architecture.hpp"
#include "train/columns.hpp"
#include "train/training_record.hpp"

namespace upkeep {

namespace {

// What the model knew beyond its graph, as far as it is still true.
void leave_layers_behind(Model& model) {
  std::vector<std::string> pruned = metadata_list(model, kPrunedKey);
  std::erase_if(pruned, [&](const std::string& name) { return !model.graph.initializer(name); });
  std::erase_if(model.metadata, [](const auto& entry) { return entry.first == kLayersKey || entry.first == kPrunedKey; });
  if (!pruned.empty()) set(model.metadata, kPrunedKey, Json(pruned).dump());
  model.training_tensors.clear();
  if (!find(model.metadata, kTrainingKey)) return;
  TrainingRecord record = training_record_of(model);
  record.fit = nullptr;
  set_training_record(model, record);
}

}  // namespace

Change rewrite(Model& model, const NamedSettings& step) {
  const rewrites::RewriteEntry& entry = rewrites::catalog().at(step.name);
  return run_pass("rewrite " + entry.name, model, [&](Model& rewritten, Change& change) {
    const Model before = rewritten;
    const std::size_t places = entry.apply(rewritten, step.values, change);
    if (places == 0) rewritten = before;
    else leave_layers_behind(rewritten);
    change.notes.insert(change.notes.begin(), upkeep::format("{}: {} places, {} nodes before, {} after", entry.name, places,
                                                             before.graph.nodes.size(), rewritten.graph.nodes.size()));
    change.facts = {{"rewrite", entry.name},
                    {"settings", step.values},
                    {"places", places},
                    {"nodes_before", before.graph.nodes.size()},
                    {"nodes", rewritten.graph.nodes.size()}};
  });
}

}  // namespace upkeep
