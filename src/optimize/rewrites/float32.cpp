// Back from float16 or bfloat16: every tensor and type of either becomes float32, in sub-graphs too, and Casts that then change nothing go.

#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct Float32 {};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::Float32;

template <>
inline const Settings settings<Float32> =
    describe<Float32>("float32", "keep weights and compute in float32, where a model was written in float16 or bfloat16");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

bool is_short(DType dtype) { return dtype == DType::kFloat16 || dtype == DType::kBFloat16; }

class Widening {
 public:
  void graph(Graph& graph) {
    for (auto* list : {&graph.inputs, &graph.outputs, &graph.values})
      for (ValueInfo& info : *list)
        if (is_short(info.type.dtype)) info.type.dtype = DType::kFloat32, ++places_;
    for (auto& [name, one] : graph.initializers) tensor(one);
    for (Node& node : graph.nodes)
      for (Attribute& one : node.attributes) attribute(one);
  }
  std::size_t places() const { return places_; }

 private:
  void tensor(Tensor& tensor) {
    if (is_short(tensor.dtype())) tensor = tensor.cast(DType::kFloat32), ++places_;
  }

  void attribute(Attribute& attribute) {
    const bool names_type = attribute.name == "to" || attribute.name == "dtype";
    if (auto* number = std::get_if<std::int64_t>(&attribute.value); number && names_type && is_short(static_cast<DType>(*number)))
      *number = static_cast<std::int64_t>(DType::kFloat32), ++places_;
    if (auto* one = std::get_if<Tensor>(&attribute.value)) tensor(*one);
    const auto inner = [&](GraphPtr& one) {
      Graph copy = *one;
      graph(copy);
      one = std::make_shared<const Graph>(std::move(copy));
    };
    if (auto* one = std::get_if<GraphPtr>(&attribute.value)) inner(*one);
    if (auto* several = std::get_if<std::vector<GraphPtr>>(&attribute.value)) std::ranges::for_each(*several, inner);
  }

  std::size_t places_ = 0;
};

void drop_casts(Model& model) {
  Wiring wiring(model);
  for (const Wiring::Id id : wiring.ids()) {
    const Node node = wiring.node(id);
    const ValueType* type = is_op(node, "Cast") ? wiring.type(node.inputs[0]) : nullptr;
    if (type && type->dtype == DType::kFloat32 && node.get<std::int64_t>("to", 0) == static_cast<std::int64_t>(DType::kFloat32))
      wiring.bypass(id, node.inputs[0]);
  }
  model.graph = wiring.finish();
}

std::size_t widen_model(Model& model, const Float32&, Change&) {
  Widening widening;
  widening.graph(model.graph);
  if (widening.places() > 0) drop_casts(model);
  return widening.places();
}

}  // namespace

void add_float32(RewriteCatalog& catalog) { catalog.add(entry<Float32>(widen_model)); }

}  // namespace upkeep::rewrites
