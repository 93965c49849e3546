#include "optimize/rewrites/rewrite.hpp"

#include "base/format.hpp"
#include "graph/notes.hpp"

namespace upkeep {

Change rewrite(Model& model, const NamedSettings& step) {
  const rewrites::RewriteEntry& entry = rewrites::catalog().at(step.name);
  return run_pass("rewrite " + entry.name, model, [&](Model& rewritten, Change& change) {
    const Model before = rewritten;
    const std::size_t places = entry.apply(rewritten, step.values, change);
    if (places == 0) {
      rewritten = before;
    } else {
      drop_stale_notes(rewritten, Edit::kGraphChanged);
      rewritten.training_tensors.clear();
    }
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
