// Where the layers of a model are in its graph: for whoever compares, measures or shows what happens inside of a model, layer by layer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

struct Architecture;  // layers/view/architecture.hpp

struct LayerPlace {
  std::string layer;
  std::string kind;
  std::string value;                // what it gives; empty where the graph has no value for it (nodes were fused, rewritten)
  std::vector<std::int64_t> order;  // axis i of Keras's order is axis order[i] of `value`; empty: the axes are in that order
  std::vector<std::size_t> nodes;   // indices into graph.nodes, ascending; none where a layer does nothing (dropout)
};

// In the layers' order. Throws Error{kUnsupported} where the model has no layer view (architecture_of()).
std::vector<LayerPlace> layer_places(const Model& model);

// The same for a graph that was built from an architecture, and for one that does not say its layers itself.
std::vector<LayerPlace> built_places(const Model& model, const Architecture& architecture);
std::vector<LayerPlace> recognised_places(const Model& model);

}  // namespace upkeep
