// How a graph that does not say its layers itself gets a layer view.
#pragma once

#include <vector>

#include "graph/graph.hpp"
#include "layers/view/architecture.hpp"
#include "layers/view/places.hpp"

namespace upkeep::layers {

struct LayerView {
  Architecture architecture;
  Weights weights;
  std::vector<LayerPlace> places;  // as many as layers
};

// From the metadata, else recognised, of the graph as it is.
LayerView layer_view(const Model& model);

// As the graph has it: the members' own finds, in the graph's order of axes. `shaped` has its shapes inferred, as far as they can be.
// Throws Error{kUnsupported} naming the nodes that are no known layer; with Recognition::kLayersAndFunctions, those that are no function
// between layers either.
LayerView recognise_layers(const Model& shaped, Recognition recognition = Recognition::kLayers);

// The view without what its finds leave between one another: pairs of transpositions, values put together and taken apart, steps and
// states that nobody reads.
LayerView tidied(LayerView view);

// The view with the layers that have their channels second, [batch, channels, ...], at work where Keras has them, [batch, ..., channels]:
// the only order that all of Keras's backends run on every device, and the one that layers added later expect. Permute layers stand where
// the order changes: behind an input, before a layer that needs the axes as they were, before an output. Names, inputs and outputs of the
// model stay. A view without a layer of "channels_first" is given back as it is.
LayerView with_channels_last(LayerView view, const Model& shaped);

}  // namespace upkeep::layers
