// A convolution net that was written with its channels last carries a Transpose around every operator that ONNX wants them second for. The
// Transposes are moved towards the outputs, operator by operator, until they meet their inverse, a constant or weights:
//
//   op(Transpose(x))  ==>  Transpose(op'(x))              Transpose(Transpose(x))  ==>  x
//   Gemm(Flatten(Transpose(x)), W)  ==>  Gemm(Flatten(x), W with its rows in that order)
//
// Each move is tried on a copy of the graph and kept where fewer Transposes are left. What is left stands at inputs and outputs of the
// graph, whose order of axes does not change, and where operators truly mix layouts.

#include <map>

#include "graph/permutation.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "optimize/rewrites/shared/sinking.hpp"

namespace upkeep::rewrites {

struct Channels {};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::Channels;

template <>
inline const Settings settings<Channels> =
    describe<Channels>("channels", "take out the Transposes between channels-last and channels-second that can be avoided");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

std::vector<Wiring::Id> transposes(const Wiring& wiring) {
  std::vector<Wiring::Id> found;
  for (const Wiring::Id id : wiring.ids())
    if (is_op(wiring.node(id), "Transpose") && !wiring.constant(wiring.node(id).inputs[0])) found.push_back(id);
  return found;
}

// Transposes of the same value in the same way are one.
void merge_equal(Wiring& wiring) {
  std::map<std::pair<std::string, Permutation>, Wiring::Id> known;
  for (const Wiring::Id id : transposes(wiring)) {
    const Node node = wiring.node(id);
    const auto [same, fresh] = known.try_emplace({node.inputs[0], permutation_of(wiring, node)}, id);
    if (fresh || wiring.is_output(node.outputs[0])) continue;
    wiring.forward(node.outputs[0], wiring.node(same->second).outputs[0]);
    wiring.remove(id);
  }
}

void fold_into_constants(Wiring& wiring) {
  for (const Wiring::Id id : wiring.ids()) {
    const Node node = wiring.node(id);
    const Tensor* tensor = is_op(node, "Transpose") ? wiring.constant(node.inputs[0]) : nullptr;
    if (!tensor || !wiring.only_reader(node.inputs[0]) || wiring.is_output(node.outputs[0]) || size_bits(tensor->dtype()) < 8) continue;
    wiring.forward(node.outputs[0], wiring.add_constant(node.inputs[0] + "/transposed", permuted(*tensor, permutation_of(wiring, node))));
    wiring.remove(id);
  }
}

// A Transpose that moves nothing but axes of one element is a Reshape.
void write_as_reshape(Wiring& wiring) {
  for (const Wiring::Id id : transposes(wiring)) {
    const Node node = wiring.node(id);
    const auto dims = wiring.dims(node.inputs[0]);
    if (!dims) continue;
    Permutation moved, sizes;
    for (const std::int64_t axis : permutation_of(wiring, node)) {
      const Dim& dim = (*dims)[static_cast<std::size_t>(axis)];
      if (dim.value != 1) moved.push_back(axis);
      sizes.push_back(dim.known() ? dim.value : -1);
    }
    if (!std::ranges::is_sorted(moved) || std::ranges::count(sizes, -1) > 1 || std::ranges::contains(sizes, 0)) continue;
    const std::string target = wiring.add_constant(node.outputs[0] + "/shape", int64s(sizes));
    wiring.change(id, [&](Node& changed) {
      changed.op = "Reshape";
      changed.inputs.push_back(target);
      changed.attributes.clear();
    });
  }
}

struct Attempt {
  Wiring wiring;
  std::size_t left_over = 0;  // orders of features that found no weights
  std::size_t cost() const { return transposes(wiring).size() + left_over; }
};

Attempt moved(const Attempt& from, const std::vector<Wiring::Id>& which, std::int64_t opset, Joins joins) {
  Attempt made = from;
  for (const Wiring::Id id : which) {
    if (!made.wiring.alive(id)) continue;
    Sinking sinking(made.wiring, opset, joins);
    sinking.sink(id);
    made.left_over += sinking.left_over();
  }
  merge_equal(made.wiring);
  return made;
}

// One Transpose after the other, for as long as that helps.
Attempt improved(Attempt best, std::int64_t opset) {
  for (bool again = true; std::exchange(again, false);)
    for (const Wiring::Id id : transposes(best.wiring)) {
      if (!best.wiring.alive(id)) continue;
      Attempt attempt = moved(best, {id}, opset, Joins::kAny);
      if (attempt.cost() >= best.cost()) continue;
      best = std::move(attempt);
      again = true;
    }
  return best;
}

std::size_t move_transposes(Model& model, const Channels&, Change& change) {
  const std::int64_t set = opset(model);
  Wiring start(model);
  const std::size_t before = transposes(start).size();
  merge_equal(start);
  fold_into_constants(start);
  const Attempt first{.wiring = start};
  Attempt one_by_one = improved(first, set);
  Attempt together = improved(moved(first, transposes(start), set, Joins::kEqual), set);
  Attempt& best = together.cost() < one_by_one.cost() ? together : one_by_one;
  write_as_reshape(best.wiring);
  Graph made = best.wiring.finish();
  const std::size_t after = transposes(best.wiring).size();
  change.notes.push_back("Transposes: " + std::to_string(before) + " before, " + std::to_string(after) + " after");
  const bool folded =
      std::ranges::count(model.graph.nodes, "Transpose", &Node::op) != std::ranges::count(made.nodes, "Transpose", &Node::op);
  if (!folded) return 0;
  model.graph = std::move(made);
  return std::max<std::size_t>(1, before - std::min(before, after));
}

}  // namespace

void add_channels(RewriteCatalog& catalog) { catalog.add(entry<Channels>(move_transposes)); }

}  // namespace upkeep::rewrites
