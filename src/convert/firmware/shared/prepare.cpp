#include "convert/firmware/shared/prepare.hpp"

#include <map>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/firmware/operator.hpp"
#include "graph/onnx.hpp"
#include "graph/ops.hpp"
#include "graph/opset.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "runtime/session.hpp"
#include "train/lowerings/lowering.hpp"

namespace upkeep::firmware {

namespace {

void fix_sizes(ValueInfo& input) {
  if (!input.type.shape) throw Error(ErrorCode::kInvalidArgument, "its rank is not known", "the sizes of a header are fixed");
  Dims& dims = *input.type.shape;
  const std::string type = to_string(input.type);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i].known()) continue;
    if (i > 0)
      throw Error(ErrorCode::kInvalidArgument, "its type is " + type + ", and only the first size may be open",
                  "the sizes of a header are fixed: give the input layer its whole shape");
    dims[i] = 1;
  }
}

bool is_written(const Node& node) { return node.domain.empty() && catalog().find(node.op) != nullptr; }

// Operators that ONNX defines by others, where no member writes them. (libonnx infers no sizes for some of them, only for what they are
// made of: they must not be members.)
void write_out_functions(Model& model) {
  Ops ops(model);
  for (bool changed = true; changed;) {
    changed = false;
    const std::vector<Node> before = model.graph.nodes;
    for (const Node& node : before) {
      if (is_written(node) || !lowerings::can_lower(ops, node)) continue;
      lowerings::lower(ops, node);
      changed = true;
    }
  }
}

// --- what is the same in every run ---------------------------------------------------------------------------------

bool is_random(const Node& node) {
  static const std::set<std::string_view> kRandom = {"RandomNormal",      "RandomUniform", "RandomNormalLike",
                                                     "RandomUniformLike", "Bernoulli",     "Multinomial"};
  return kRandom.contains(node.op);
}

bool has_subgraph(const Node& node) {
  return std::ranges::any_of(node.attributes, [](const Attribute& one) { return std::holds_alternative<GraphPtr>(one.value); });
}

// Shape and Size ask for what is known without running.
std::optional<Tensor> known_size(const Graph& graph, const Node& node) {
  if (!node.domain.empty() || (node.op != "Shape" && node.op != "Size")) return std::nullopt;
  const ValueInfo* value = graph.value(node.inputs.at(0));
  if (!value || !value->type.shape || !std::ranges::all_of(*value->type.shape, &Dim::known)) return std::nullopt;
  Shape shape = shape_of(*value);
  if (node.op == "Size") return Tensor::scalar(element_count(shape));
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto bound = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const std::int64_t begin = bound(node.get<std::int64_t>("start", 0));
  const std::int64_t end = std::max(begin, bound(node.get<std::int64_t>("end", rank)));
  return Tensor({end - begin}, std::vector<std::int64_t>(shape.begin() + begin, shape.begin() + end));
}

class Constants {
 public:
  explicit Constants(Model& model) : graph_(model.graph), model_(model) {
    for (const auto& [name, tensor] : graph_.initializers) known_.insert(name);
  }

  // Computes what can be computed now. Whether anything was.
  bool fold() {
    Model inner = model_;
    inner.graph.nodes.clear();
    inner.graph.inputs.clear();
    inner.graph.outputs.clear();
    std::vector<Node> left;
    bool sizes = false;
    for (const Node& node : graph_.nodes) {
      if (const std::optional<Tensor> size = known_size(graph_, node)) {
        graph_.initializers.emplace_back(node.outputs.at(0), *size);
        inner.graph.initializers.emplace_back(node.outputs.at(0), *size);
        known_.insert(node.outputs.at(0));
        sizes = true;
      } else if (is_constant(node)) {
        known_.insert(node.outputs.begin(), node.outputs.end());
        inner.graph.nodes.push_back(node);
      } else {
        left.push_back(node);
      }
    }
    graph_.nodes = std::move(left);
    if (!inner.graph.nodes.empty()) compute(inner);
    return sizes || !inner.graph.nodes.empty();
  }

 private:
  bool is_constant(const Node& node) const {
    if (is_random(node) || has_subgraph(node)) return false;
    return std::ranges::all_of(node.inputs, [&](const std::string& name) { return name.empty() || known_.contains(name); });
  }

  void compute(Model& inner) {
    std::set<std::string> read;
    for (const Node& node : graph_.nodes) read.insert(node.inputs.begin(), node.inputs.end());
    for (const ValueInfo& output : graph_.outputs) read.insert(output.name);
    for (const Node& node : inner.graph.nodes)
      for (const std::string& name : node.outputs)
        if (!name.empty() && read.contains(name)) inner.graph.outputs.push_back(typed(name));
    inner.graph.values.clear();
    if (inner.graph.outputs.empty()) return;
    for (auto& [name, tensor] : Session(inner, {.threads = 1}).run({})) graph_.initializers.emplace_back(name, tensor);
  }

  ValueInfo typed(const std::string& name) const {
    const ValueInfo* value = graph_.value(name);
    return value ? *value : ValueInfo{.name = name, .type = {}, .doc = {}, .metadata = {}};
  }

  Graph& graph_;
  Model& model_;
  std::set<std::string> known_;
};

void infer_anew(Model& model) {
  model.graph.values.clear();
  infer_shapes(model);
}

void compute_constants(Model& model) {
  infer_anew(model);
  for (Constants constants(model); constants.fold();) infer_anew(model);
}

void drop_what_nobody_reads(Graph& graph) {
  std::set<std::string> read;
  for (const ValueInfo& output : graph.outputs) read.insert(output.name);
  std::vector<Node> kept;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    Node node = graph.nodes[i];
    for (std::string& name : node.outputs)
      if (!read.contains(name)) name.clear();
    if (std::ranges::all_of(node.outputs, [](const std::string& name) { return name.empty(); })) continue;
    read.insert(node.inputs.begin(), node.inputs.end());
    kept.push_back(std::move(node));
  }
  graph.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
}

// A transposition that moves axes of size 1 only leaves the elements where they are.
bool moves_nothing(const Graph& graph, const Node& node) {
  const Shape shape = shape_of(value_of(graph, node.inputs[0]));
  std::vector<std::int64_t> order;
  for (const std::int64_t axis : node.get("perm", std::vector<std::int64_t>{}))
    if (shape.at(front_axis(axis, shape.size())) != 1) order.push_back(axis);
  return node.find("perm") && std::ranges::is_sorted(order);
}

void drop_what_does_nothing(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (node.op != "Transpose" || !moves_nothing(graph, node)) continue;
    node.op = "Identity";
    node.attributes.clear();
  }
}

void refuse_what_is_not_written(const Graph& graph) {
  std::set<std::string> missing;
  for (const Node& node : graph.nodes)
    if (!is_written(node)) missing.insert(node.domain.empty() ? node.op : node.domain + "." + node.op);
  if (missing.empty()) return;
  throw Error(ErrorCode::kUnsupported, "operators that are not written as C++: " + join({missing.begin(), missing.end()}),
              "`upkeep catalog firmware` lists those that are");
}

// Layers between conversions compute with integers; weights that are kept as integers and read as floats become floats.
Model with_integer_operators(Model model) {
  if (std::ranges::any_of(model.graph.nodes, [](const Node& node) { return node.op == "DequantizeLinear"; }))
    rewrite(model, {"integer-operators", Json::object()});
  return model;
}

Model one_row(const Model& model) {
  Model made = model;
  std::erase_if(made.graph.inputs, [&](const ValueInfo& input) { return model.graph.initializer(input.name) != nullptr; });
  for (ValueInfo& input : made.graph.inputs) in_context("input \"" + input.name + "\"", [&] { fix_sizes(input); });
  for (ValueInfo& output : made.graph.outputs) output.type.shape.reset();
  made.training_tensors.clear();
  infer_anew(made);
  return made;
}

}  // namespace

Model prepared(const Model& model) {
  Model made = one_row(model);
  if (const auto opset = made.opsets.find(""); opset != made.opsets.end() && opset->second < 18) set_opset(made, 18);
  made = with_integer_operators(lowered(made));
  compute_constants(made);  // before they are written out: ONNX defines Range by a loop
  write_out_functions(made);
  compute_constants(made);
  drop_what_nobody_reads(made.graph);
  refuse_what_is_not_written(made.graph);
  drop_what_does_nothing(made.graph);
  return made;
}

ValueInfo value_of(const Graph& graph, const std::string& name) {
  const ValueInfo* value = graph.value(name);
  if (value && value->type.shape && std::ranges::all_of(*value->type.shape, &Dim::known)) return *value;
  throw Error(ErrorCode::kUnsupported,
              upkeep::format("the size of \"{}\" is known in a run only{}", name, value ? ": " + to_string(value->type) : ""),
              "the sizes of a header are fixed");
}

Shape shape_of(const ValueInfo& value) {
  Shape shape;
  for (const Dim& dim : value.type.shape.value_or(Dims{})) shape.push_back(dim.value);
  return shape;
}

}  // namespace upkeep::firmware
