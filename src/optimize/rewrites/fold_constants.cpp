// What is the same in every run is worked out once, by ONNX Runtime: Transpose(weight)  ==>  a weight in that order.
//
// With it goes arithmetic of shapes: what is made from sizes that are numbers, and the target of a Reshape of which no more than one size
// is open, which is -1 then (TensorFlow's converter computes `[batch, 128]` from the value's own shape). The sizes of a Resize become
// scales, and those of an Expand whose first is the batch are that of an input and numbers.
//
// Not when: the operator draws random numbers, holds a sub-graph, or is no standard one; the weight is a quantised one on its way back
// (DequantizeLinear: it would be four times as large); the result would make the model larger than the setting allows (Tile, Expand,
// a transposed copy of a weight that is needed as it is, too).

#include <cmath>

#include "graph/onnx.hpp"
#include "graph/permutation.hpp"
#include "graph/subgraph.hpp"
#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "optimize/rewrites/shared/shape_values.hpp"
#include "runtime/session.hpp"

namespace upkeep::rewrites {

struct FoldConstants {
  std::int64_t growth = 65536;
};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::FoldConstants;

template <>
inline const Settings settings<FoldConstants> =
    describe<FoldConstants>("fold-constants", "compute what does not depend on the inputs",
                            field("growth", &FoldConstants::growth, "most that one result may add to the model", range(0, 1e12), "bytes"));

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

bool may_fold(const Node& node) {
  static const std::set<std::string_view> kKept = {"Identity",  "RandomNormal", "RandomNormalLike", "RandomUniform",   "RandomUniformLike",
                                                   "Bernoulli", "Multinomial",  "Dropout",          "DequantizeLinear"};
  if (node.op == "Constant" && (node.find("value") || node.find("sparse_value"))) return false;  // it is one already
  return node.domain.empty() && !kKept.contains(node.op) && subgraphs(node).empty();
}

// The node alone, with what it reads as weights.
Model alone(const Model& model, const Node& node, const std::function<const Tensor*(const std::string&)>& constant) {
  Model made;
  made.ir_version = model.ir_version;
  made.opsets = model.opsets;
  made.graph.name = "constant";
  made.graph.nodes = {node};
  for (const std::string& name : std::set<std::string>(node.inputs.begin(), node.inputs.end()))
    if (!name.empty()) made.graph.initializers.emplace_back(name, *constant(name));
  for (const std::string& name : node.outputs)
    if (!name.empty()) made.graph.outputs.push_back({name, {}, {}, {}});
  return made;
}

// Bytes of the results, as far as they can be told without making them.
std::optional<std::size_t> result_bytes(const Model& typed) {
  std::size_t total = 0;
  for (const ValueInfo& output : typed.graph.outputs) {
    if (!output.type.shape || size_bits(output.type.dtype) == 0) return std::nullopt;
    std::size_t bytes = (size_bits(output.type.dtype) + 7) / 8;
    for (const Dim& dim : *output.type.shape)
      if (!dim.known() || __builtin_mul_overflow(bytes, static_cast<std::size_t>(dim.value), &bytes)) return std::nullopt;
    total += bytes;
  }
  return total;
}

class Folding {
 public:
  Folding(const Model& model, std::int64_t growth)
      : model_(model), wiring_(model), shapes_(wiring_), growth_(static_cast<std::size_t>(growth)) {}

  std::size_t run() {
    std::size_t places = 0;
    for (const Wiring::Id id : wiring_.ids())
      places += fold_name(id) || fold_shape(id) || fold_target(id) || fold_resize(id) || fold_spread(id) || fold(id) ? 1 : 0;
    return places;
  }
  Graph graph() const { return wiring_.finish(); }

 private:
  // The results in place of the node that makes them. An output of the graph stays one, as a copy.
  void replace(Wiring::Id id, const Tensors& results) {
    const std::vector<std::string> names = wiring_.node(id).outputs;
    wiring_.remove(id);
    for (const std::string& name : names) {
      if (name.empty()) continue;
      const std::string constant = wiring_.add_constant(name + "/constant", results.at(name));
      wiring_.forward(name, constant);
      if (wiring_.is_output(name)) wiring_.add({.op = "Identity", .domain = {}, .name = {}, .inputs = {constant}, .outputs = {name}}, {});
    }
  }

  std::size_t freed_bytes(const Node& node) const {
    std::size_t freed = 0;
    for (const std::string& name : std::set<std::string>(node.inputs.begin(), node.inputs.end()))
      if (const Tensor* tensor = wiring_.constant(name); tensor && wiring_.only_reader(name)) freed += tensor->size_bytes();
    return freed;
  }

  bool fold(Wiring::Id id) {
    const Node node = wiring_.node(id);
    const auto constant = [&](const std::string& name) { return wiring_.constant(name); };
    if (!may_fold(node) || !std::ranges::all_of(node.inputs, [&](const std::string& name) { return name.empty() || constant(name); }))
      return false;
    Model part = alone(model_, node, constant);
    try {
      infer_shapes(part);
      const auto bytes = result_bytes(part);
      if (!bytes || *bytes > growth_ + freed_bytes(node)) return false;
      replace(id, Session(part, {.threads = 1, .optimize = false}).run({}));
      return true;
    } catch (const Error&) {  // the runtime lacks it, or it fails: as it will, or will not, when the model runs
      return false;
    }
  }

  // A second name of a constant: PyTorch gives weights that happen to be equal such names.
  bool fold_name(Wiring::Id id) {
    const Node node = wiring_.node(id);
    if (!is_op(node, "Identity") || !wiring_.constant(node.inputs[0]) || wiring_.is_output(node.outputs[0])) return false;
    wiring_.remove(id);
    wiring_.forward(node.outputs[0], node.inputs[0]);
    return true;
  }

  bool fold_shape(Wiring::Id id) {
    const Node node = wiring_.node(id);
    const auto value = node.outputs.size() == 1 && node.op != "Constant" ? shapes_.tensor(node.outputs[0]) : std::nullopt;
    if (value) replace(id, {{node.outputs[0], *value}});
    return value.has_value();
  }

  bool fold_target(Wiring::Id id) {
    const Node node = wiring_.node(id);
    if (!is_op(node, "Reshape") || node.inputs.size() < 2 || wiring_.constant(node.inputs[1]) ||
        node.get<std::int64_t>("allowzero", 0) != 0)
      return false;
    const auto target = target_of(node);
    if (!target) return false;
    const std::string name = wiring_.add_constant(node.outputs[0] + "/shape", int64s(*target));
    wiring_.change(id, [&](Node& changed) { changed.inputs[1] = name; });
    return true;
  }

  // Numbers; 0 for a size that stays at its place; -1 for one more. nullopt: more than one is open.
  std::optional<std::vector<std::int64_t>> target_of(const Node& node) const {
    const auto from = wiring_.dims(node.inputs[0]), to = wiring_.dims(node.outputs[0]), said = shapes_.entries(node.inputs[1]);
    if (!to && !said) return std::nullopt;
    std::vector<std::int64_t> sizes;
    for (std::size_t i = 0; i < (to ? to->size() : said->size()); ++i) {
      Dim size = to ? (*to)[i] : Dim();
      if (!size.known() && said && said->size() > i && ((*said)[i].known() || !(*said)[i].symbol.empty())) size = (*said)[i];
      if (size.value == 0) return std::nullopt;  // would say "as it was"
      const bool stays = !size.symbol.empty() && from && from->size() > i && (*from)[i] == size;
      sizes.push_back(size.known() ? size.value : stays ? 0 : -1);
    }
    return std::ranges::count(sizes, -1) <= 1 ? std::optional(sizes) : std::nullopt;
  }

  // Resize to sizes that are numbers, but for axes that stay: by scales, which are numbers then.
  bool fold_resize(Wiring::Id id) {
    const Node node = wiring_.node(id);
    const std::string sizes = input(node, 3);
    const auto from = is_op(node, "Resize") && !sizes.empty() && !wiring_.constant(sizes) ? wiring_.dims(node.inputs[0]) : std::nullopt;
    const auto to = from ? shapes_.entries(sizes) : std::nullopt;
    const bool plain = !node.find("axes") && node.get<std::string>("keep_aspect_ratio_policy", "stretch") == "stretch";
    if (!to || to->size() != from->size() || !plain) return false;
    std::vector<float> scales;
    for (std::size_t i = 0; i < to->size(); ++i) {
      const bool stays = (*from)[i] == (*to)[i] && ((*from)[i].known() || !(*from)[i].symbol.empty());
      if (!stays && (!(*from)[i].known() || !(*to)[i].known() || (*from)[i].value < 1 || (*to)[i].value < 1)) return false;
      scales.push_back(stays ? 1.0F : scale_between((*from)[i].value, (*to)[i].value));
    }
    const Shape shape = {static_cast<std::int64_t>(scales.size())};
    const std::string name = wiring_.add_constant(node.outputs[0] + "/scales", Tensor(shape, std::move(scales)));
    wiring_.change(id, [&](Node& changed) {
      changed.inputs.resize(3);
      changed.inputs[2] = name;
    });
    return true;
  }

  // The scale by which the new size, rounded down, is `to`.
  static float scale_between(std::int64_t from, std::int64_t to) {
    float scale = static_cast<float>(to) / static_cast<float>(from);
    while (std::floor(scale * static_cast<float>(from)) < static_cast<float>(to)) scale = std::nextafter(scale, 2 * scale);
    return scale;
  }

  // Expand to sizes that are numbers, but for the first, which an input of the graph has first as well.
  bool fold_spread(Wiring::Id id) {
    const Node node = wiring_.node(id);
    const std::string sizes = input(node, 1);
    const bool parts = opset(model_) >= 15;  // of shapes
    if (!parts || !is_op(node, "Expand") || wiring_.constant(sizes) || is_batch_and_numbers(sizes)) return false;
    const auto to = shapes_.entries(sizes), known = wiring_.dims(node.outputs[0]);
    if (!to || to->empty() || to->front().symbol.empty()) return false;
    if (known && std::ranges::all_of(*known, [](const Dim& dim) { return dim.known() || !dim.symbol.empty(); })) return false;
    Permutation rest;
    for (std::size_t i = 1; i < to->size(); ++i) {
      if (!(*to)[i].known()) return false;
      rest.push_back((*to)[i].value);
    }
    const auto like = std::ranges::find_if(model_.graph.inputs, [&](const ValueInfo& one) {
      return one.type.shape && !one.type.shape->empty() && one.type.shape->front() == to->front();
    });
    if (like == model_.graph.inputs.end()) return false;
    const std::string batch = wiring_.fresh(node.outputs[0] + "/batch"), all = wiring_.fresh(node.outputs[0] + "/sizes");
    const std::string others = wiring_.add_constant(node.outputs[0] + "/others", int64s(rest));
    const auto type = [](std::size_t count) { return ValueType{DType::kInt64, Dims{Dim(static_cast<std::int64_t>(count))}, {}}; };
    wiring_.add({.op = "Shape",
                 .inputs = {like->name},
                 .outputs = {batch},
                 .attributes = {{"start", std::int64_t{0}, {}}, {"end", std::int64_t{1}, {}}}},
                {type(1)});
    wiring_.add({.op = "Concat", .inputs = {batch, others}, .outputs = {all}, .attributes = {{"axis", std::int64_t{0}, {}}}},
                {type(to->size())});
    wiring_.change(id, [&](Node& changed) { changed.inputs[1] = all; });
    return true;
  }

  // Concat of a part of the shape of an input, and a constant.
  bool is_batch_and_numbers(const std::string& sizes) const {
    const auto made_by = [&](const std::string& value, std::string_view op) -> const Node* {
      const auto id = wiring_.producer(value);
      return id && is_op(wiring_.node(*id), op) ? &wiring_.node(*id) : nullptr;
    };
    const Node* concat = made_by(sizes, "Concat");
    if (!concat || concat->inputs.size() != 2 || !wiring_.constant(concat->inputs[1])) return false;
    const Node* shape = made_by(concat->inputs[0], "Shape");
    return shape && model_.graph.input(shape->inputs[0]);
  }

  const Model& model_;
  Wiring wiring_;
  const ShapeValues shapes_;
  std::size_t growth_;
};

// What is folded tells more shapes, and they more constants: in PyTorch's graphs each Slice or Reshape of a chain waits for the one before.
std::size_t fold(Model& model, std::int64_t growth) {
  std::size_t all = 0;
  for (std::size_t places = 1; places > 0; all += places) {
    Folding folding(model, growth);
    places = folding.run();
    if (places > 0) model.graph = folding.graph();
  }
  return all;
}

std::size_t fold_all_constants(Model& model, const FoldConstants& options, Change&) {
  const auto work = [&](Model& graph) { return fold(graph, options.growth); };
  return in_subgraphs(model, work) + work(model);
}

}  // namespace

void add_fold_constants(RewriteCatalog& catalog) { catalog.add(entry<FoldConstants>(fold_all_constants)); }

}  // namespace upkeep::rewrites
