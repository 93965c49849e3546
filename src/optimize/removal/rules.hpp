// What each operator says about the channels of its inputs and outputs.
#pragma once

#include "optimize/removal/coupling.hpp"

namespace upkeep::removal {

// --- rules_pointwise.cpp: each element of the result comes from elements at the same place -----------------------------
void elementwise_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void broadcasting_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void softmax_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void batch_normalization_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void instance_normalization_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void group_normalization_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void layer_normalization_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void pooling_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void reduction_rule(Coupling& coupling, Wiring::Id id, const Node& node);

// --- rules_linear.cpp: sums over one axis, by weights ------------------------------------------------------------------
void convolution_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void transposed_convolution_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void gemm_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void matmul_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void einsum_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void recurrent_rule(Coupling& coupling, Wiring::Id id, const Node& node);

// --- rules_moving.cpp: elements change their place ---------------------------------------------------------------------
void constant_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void transpose_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void squeeze_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void concat_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void split_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void slice_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void gather_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void pad_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void expand_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void resize_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void shape_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void depth_to_space_rule(Coupling& coupling, Wiring::Id id, const Node& node);
void space_to_depth_rule(Coupling& coupling, Wiring::Id id, const Node& node);

// --- rules_reshape.cpp -------------------------------------------------------------------------------------------------
void reshape_rule(Coupling& coupling, Wiring::Id id, const Node& node);
// The sizes that a Reshape makes, with 0 and -1 as in ONNX: those that are written, or, where they are computed, what they come to.
// nullopt: nobody can write them.
std::optional<std::vector<std::int64_t>> reshape_target(const Coupling& coupling, const Node& node);

// --- what rules and repairs share --------------------------------------------------------------------------------------

// Axes that a node names in an attribute, or in an input: from the front. nullopt: they are computed.
std::optional<std::vector<std::size_t>> axes_of(const Coupling& coupling, const Node& node, std::size_t input, std::size_t rank);
std::size_t axis_of(const Node& node, std::int64_t fallback, std::size_t rank);

// A Slice along one axis, in places of that axis; no places of an axis of open size.
struct SliceRange {
  std::size_t axis;
  std::int64_t begin, step, count;  // the first place taken, the way to the next, how many
};
// nullopt: its bounds are computed.
std::optional<std::vector<SliceRange>> slice_ranges(const Coupling& coupling, const Node& node);
// Sizes of the parts of a Split. nullopt: they are computed.
std::optional<std::vector<std::int64_t>> split_sizes(const Coupling& coupling, const Node& node);

}  // namespace upkeep::removal
