// How long the way from the inputs to the answer is: the longest chain of operators of the graph. Its size and branching are told beside
// it.

#include "base/format.hpp"
#include "score/drills/drill.hpp"

namespace upkeep::drills {

struct StructureDrill {
  double full_depth = 100;
  double zero_depth = 2000;
};

}  // namespace upkeep::drills

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drills::StructureDrill> = upkeep::describe<upkeep::drills::StructureDrill>(
    "structure", "depth, size and branching of the model's graph",
    upkeep::field("full_depth", &upkeep::drills::StructureDrill::full_depth, "operators on the longest way: worth 100 points up to this",
                  "operators"),
    upkeep::field("zero_depth", &upkeep::drills::StructureDrill::zero_depth, "worth nothing from this on", "operators"));

namespace upkeep::drills {

// Nodes stand in topological order. Sub-graphs count as the one node that holds them.
static Item depth_item(const Graph& graph, const StructureDrill& options) {
  std::map<std::string, std::int64_t> depth;
  std::map<std::string, std::int64_t> readers;
  std::int64_t deepest = 0;
  for (const Node& node : graph.nodes) {
    std::int64_t here = 0;
    for (const std::string& input : node.inputs) {
      if (const auto found = depth.find(input); found != depth.end()) {
        here = std::max(here, found->second);
        ++readers[input];
      }
    }
    for (const std::string& output : node.outputs) depth[output] = here + 1;
    deepest = std::max(deepest, here + 1);
  }
  const std::int64_t branches = std::ranges::count_if(readers, [](const auto& value) { return value.second > 1; });
  Item item{.name = "depth",
            .value = static_cast<double>(deepest),
            .unit = "operators",
            .method = "longest chain of operators of the graph",
            .evidence = {{"operators", graph.nodes.size()}, {"branches", branches}, {"constants", graph.initializers.size()}},
            .points = points_between(static_cast<double>(deepest), options.zero_depth, options.full_depth)};
  if (item.points < 100) item.improvement = "fuse and fold operators with `upkeep optimize`";
  return item;
}

static std::vector<Item> run_structure(const Subject& subject, const Json& values) {
  return {depth_item(subject.model.graph, parse<StructureDrill>(values))};
}

void add_structure(DrillCatalog& catalog) {
  catalog.add({.name = "structure",
               .help = settings<StructureDrill>.help(),
               .settings = settings<StructureDrill>,
               .side = Side::kReadability,
               .check = [](const Json& values) { parse<StructureDrill>(values); },
               .run = run_structure});
}

}  // namespace upkeep::drills
