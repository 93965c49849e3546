// Nodes that hand on what they are given, and what nobody reads:
//
//   Identity, Dropout outside of training, a Cast to the type there is, a Transpose that keeps the order, a Reshape, Flatten, Squeeze,
//   Unsqueeze or Expand to the shape there is, a Pad by nothing, a Tile of one, a Concat, Sum, Mean, Max or Min of one  ==>  their input
//
// Not when: the result is an output of the graph and what it equals has a public name of its own (an input, a weight, another output).

#include "graph/stop_gradient.hpp"
#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct DropIdentities {};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::DropIdentities;

template <>
inline const Settings settings<DropIdentities> =
    describe<DropIdentities>("drop-identities", "take out operators that change nothing, and nodes and weights that nobody reads");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

// Every dimension is the same number, or the same symbol.
bool same_type(const ValueType* a, const ValueType* b) {
  if (!a || !b || a->dtype != b->dtype || !a->shape || a->shape != b->shape) return false;
  return std::ranges::all_of(*a->shape, [](const Dim& dim) { return dim.known() || !dim.symbol.empty(); });
}

bool is_inactive_dropout(const Wiring& wiring, const Node& node, std::int64_t opset) {
  if (node.outputs.size() > 1 && !node.outputs[1].empty() &&
      (wiring.is_output(node.outputs[1]) || !wiring.readers(node.outputs[1]).empty()))
    return false;
  if (opset < 7) return node.get<std::int64_t>("is_test", 0) == 1;
  if (input(node, 2).empty()) return true;
  const Tensor* training = wiring.constant(input(node, 2));
  return training && training->size() == 1 && !training->data<bool>()[0];
}

bool is_all(const std::optional<std::vector<std::int64_t>>& values, std::int64_t value) {
  return values && std::ranges::all_of(*values, [&](std::int64_t one) { return one == value; });
}

bool keeps_order(const Wiring& wiring, const Node& node) {
  const auto dims = wiring.dims(node.inputs[0]);
  const auto permutation = node.get<std::vector<std::int64_t>>("perm", {});
  if (permutation.empty()) return dims && dims->size() <= 1;
  return std::ranges::is_sorted(permutation);
}

bool changes_nothing(const Wiring& wiring, const Node& node, std::int64_t opset) {
  static const std::set<std::string_view> kShapers = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand"};
  static const std::set<std::string_view> kOfSeveral = {"Concat", "Sum", "Mean", "Max", "Min"};
  if (!node.domain.empty() || node.inputs.empty()) return false;
  if (node.op == "Identity") return !stops_gradient(node);
  if (node.op == "Dropout") return is_inactive_dropout(wiring, node, opset);
  if (node.op == "Transpose") return keeps_order(wiring, node);
  if (node.op == "Cast") {
    const ValueType* type = wiring.type(node.inputs[0]);
    return type && node.get<std::int64_t>("to", 0) == static_cast<std::int64_t>(type->dtype);
  }
  if (node.op == "Pad" && opset >= 11) return is_all(integers(wiring.constant(input(node, 1))), 0);
  if (node.op == "Tile" && opset >= 6) return is_all(integers(wiring.constant(input(node, 1))), 1);
  if (kOfSeveral.contains(node.op)) return node.inputs.size() == 1;
  return kShapers.contains(node.op) && same_type(wiring.type(node.inputs[0]), wiring.type(node.outputs[0]));
}

std::size_t drop(Model& model) {
  const std::size_t before = model.graph.nodes.size() + model.graph.initializers.size();
  Wiring wiring(model);
  std::size_t places = 0;
  for (const Wiring::Id id : wiring.ids()) {
    const Node node = wiring.node(id);
    if (!changes_nothing(wiring, node, opset(model))) continue;
    const bool read = !wiring.readers(node.outputs[0]).empty();
    if (wiring.bypass(id, node.inputs[0]) || read) ++places;
  }
  Graph made = wiring.finish();
  if (places == 0 && made.nodes.size() + made.initializers.size() == before) return 0;
  const std::size_t after = made.nodes.size() + made.initializers.size();
  model.graph = std::move(made);
  return std::max<std::size_t>(places, before - std::min(before, after));
}

std::size_t drop_all_identities(Model& model, const DropIdentities&, Change&) { return in_subgraphs(model, drop) + drop(model); }

}  // namespace

void add_drop_identities(RewriteCatalog& catalog) { catalog.add(entry<DropIdentities>(drop_all_identities)); }

}  // namespace upkeep::rewrites
