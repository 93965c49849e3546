// Attention with several heads in foreign graphs.
#pragma once

#include <optional>

#include "layers/layer.hpp"

namespace upkeep::layers {

// The multi_head_attention layer whose Softmax is graph.nodes[softmax], from the projections of query, key and value to that of the output.
// nullopt: one of them is missing, somebody reads what is inside, or the scores are masked by another mask than that of later keys.
std::optional<Recognised> recognise_attention(const GraphView& graph, std::size_t softmax);

}  // namespace upkeep::layers
