// Cuts value by value what Split cuts in one go:
//
//   a, b = Split(x)  ==>  a = Slice(x, 0, n)  b = Slice(x, n, n + m)
//
// For readers to whom an operator gives one value: Keras's layers, for one.
//
// Not when: the sizes come with the data, or the operator set is below 10, where Slice has no axes to be given.

#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct SplitToSlices {};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::SplitToSlices;

template <>
inline const Settings settings<SplitToSlices> =
    describe<SplitToSlices>("split-to-slices", "cut by one Slice for each part what Split cuts in one go");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

using Sizes = std::vector<std::int64_t>;

// Of each part, in order. Without a list of them the parts are alike, and the last one is what is left.
std::optional<Sizes> part_sizes(const Wiring& wiring, const Node& node, std::size_t axis) {
  if (const Tensor* given = wiring.constant(input(node, 1))) return integers(given);
  if (!input(node, 1).empty()) return std::nullopt;
  if (auto listed = node.get<Sizes>("split", {}); !listed.empty()) return listed;
  const Dim whole = (*wiring.dims(node.inputs[0]))[axis];
  const auto count = static_cast<std::int64_t>(node.outputs.size());
  if (!whole.known()) return std::nullopt;
  const std::int64_t each = (whole.value + count - 1) / count;
  Sizes sizes(node.outputs.size(), each);
  sizes.back() = whole.value - each * (count - 1);
  return sizes.back() >= 0 ? std::optional(sizes) : std::nullopt;
}

bool split_by_slices(Wiring& wiring, Wiring::Id id) {
  const Node node = wiring.node(id);
  const auto whole = is_op(node, "Split") ? wiring.dims(node.inputs[0]) : std::nullopt;
  if (!whole) return false;
  const std::int64_t axis = from_front(node.get<std::int64_t>("axis", 0), whole->size());
  const std::optional<Sizes> sizes = part_sizes(wiring, node, static_cast<std::size_t>(axis));
  if (!sizes || sizes->size() != node.outputs.size()) return false;
  std::vector<ValueType> types;
  for (const std::string& output : node.outputs) {
    const ValueType* type = wiring.type(output);
    types.push_back(type ? *type : ValueType{});
  }
  wiring.remove(id);
  const std::string axes = wiring.add_constant(node.outputs[0] + "/axis", int64s({axis}));
  std::string begin = wiring.add_constant(node.outputs[0] + "/begin", int64s({0}));
  std::int64_t at = 0;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string& part = node.outputs[i];
    std::string end = wiring.add_constant(part + "/end", int64s({at += (*sizes)[i]}));
    if (!part.empty())
      wiring.add({.op = "Slice", .domain = {}, .name = part, .inputs = {node.inputs[0], begin, end, axes}, .outputs = {part}}, {types[i]});
    begin = std::move(end);
  }
  return true;
}

std::size_t split_graph(Model& model) {
  if (opset(model) < 10) return 0;
  Wiring wiring(model);
  std::size_t places = 0;
  for (const Wiring::Id id : wiring.ids()) places += split_by_slices(wiring, id) ? 1 : 0;
  if (places > 0) model.graph = wiring.finish();
  return places;
}

std::size_t split_all(Model& model, const SplitToSlices&, Change&) { return in_subgraphs(model, split_graph) + split_graph(model); }

}  // namespace

void add_split_to_slices(RewriteCatalog& catalog) { catalog.add(entry<SplitToSlices>(split_all)); }

}  // namespace upkeep::rewrites
