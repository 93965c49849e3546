// Shapes are those of a run on `rows` rows: the inputs are declared as large as such a run's, and inference does the rest.

#include "analyze/summary.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/format.hpp"
#include "convert/random_inputs.hpp"
#include "graph/element_types.hpp"
#include "graph/onnx.hpp"
#include "layers/view/build.hpp"
#include "layers/view/layer_view.hpp"
#include "runtime/profile.hpp"

namespace upkeep {
namespace {

constexpr std::size_t kMostNodes = 100;

std::optional<Shape> shape_of(const ValueType& type) {
  if (!type.shape) return std::nullopt;
  Shape shape;
  for (const Dim& dim : *type.shape) {
    if (!dim.known()) return std::nullopt;
    shape.push_back(dim.value);
  }
  return shape;
}

// The types of a graph's values by name.
using Types = std::unordered_map<std::string, ValueType>;

Types types_of(const Graph& graph) {
  Types types;
  for (const auto* list : {&graph.inputs, &graph.outputs, &graph.values})
    for (const ValueInfo& value : *list) types.emplace(value.name, value.type);
  for (const auto& [name, tensor] : graph.initializers)
    types.emplace(name, ValueType{tensor.dtype(), Dims(tensor.shape().begin(), tensor.shape().end()), {}});
  return types;
}

// As declared, with the shapes that inference finds for these inputs. What contradicts the declared types leaves them unknown.
Types concrete_types(Model model, const Tensors& inputs) {
  for (ValueInfo& input : model.graph.inputs)
    if (const auto given = inputs.find(input.name); given != inputs.end())
      input.type.shape = Dims(given->second.shape().begin(), given->second.shape().end());
  model.graph.values.clear();
  for (ValueInfo& output : model.graph.outputs) output.type.shape.reset();
  try {
    infer_shapes(model);
  } catch (const Error&) {
    return {};
  }
  return types_of(model.graph);
}

std::optional<Flops> node_flops(const Model& model, const Node& node, const Types& types, int depth = 0);

// Of an operator that others define: the sum over its body.
std::optional<Flops> function_flops(const Model& model, const Node& node, const Types& types, int depth) {
  std::vector<ValueType> inputs;
  for (const std::string& input : node.inputs) {
    const auto type = types.find(input);
    inputs.push_back(type == types.end() ? ValueType{} : type->second);
  }
  std::optional<Graph> body = function_body(model, node, inputs);
  if (!body) return std::nullopt;
  Model inner;
  inner.opsets = model.opsets;
  inner.functions = model.functions;
  inner.graph = *std::move(body);
  for (std::size_t i = 0; i < inner.graph.inputs.size(); ++i)
    if (const auto type = types.find(inner.graph.inputs[i].name); type != types.end()) inner.graph.inputs[i].type = type->second;
  infer_shapes(inner);
  const Types inside = types_of(inner.graph);
  Flops sum;
  for (const Node& one : inner.graph.nodes) {
    const std::optional<Flops> found = node_flops(inner, one, inside, depth + 1);
    if (!found) return std::nullopt;
    sum += *found;
  }
  return sum;
}

std::optional<Flops> node_flops(const Model& model, const Node& node, const Types& types, int depth) {
  constexpr int kDeepest = 4;
  const auto shape = [&](const std::string& name) {
    const auto type = types.find(name);
    return type == types.end() ? std::nullopt : shape_of(type->second);
  };
  if (std::optional<Flops> known = flops(node, shape); known || depth == kDeepest) return known;
  try {
    return function_flops(model, node, types, depth);
  } catch (const Error&) {  // a body whose shapes do not follow
    return std::nullopt;
  }
}

std::int64_t bytes_of(const ValueType& type) {
  const std::optional<Shape> shape = shape_of(type);
  return shape ? static_cast<std::int64_t>((static_cast<std::size_t>(element_count(*shape)) * size_bits(type.dtype) + 7) / 8) : 0;
}

std::int64_t zeros_of(const Tensor& tensor) {
  if (!is_floating(tensor.dtype())) return 0;
  if (tensor.dtype() == DType::kFloat32) return std::ranges::count(tensor.floats(), 0.0F);
  return std::ranges::count(tensor.cast(DType::kFloat64).data<double>(), 0.0);
}

std::string operator_name(const Node& node) { return node.domain.empty() ? node.op : node.domain + "." + node.op; }

class Summariser {
 public:
  Summariser(const Model& model, const SummaryOptions& options)
      : model_(model),
        graph_(model.graph),
        options_(options),
        inputs_(random_inputs(model, options.rows, 0)),
        types_(concrete_types(model, inputs_)),
        declared_(types_of(graph_)) {
    summary_.rows = options.rows;
  }

  Summary run() {
    count_nodes();
    if (options_.timing == Timing::kMeasured) measure();
    const bool layers = (options_.by.empty() || options_.by == "layers") && by_layers();
    if (!layers && options_.by == "layers")
      throw Error(ErrorCode::kInvalidArgument, "the model has no layer view: " + why_not_, "--by nodes and --by operators do without");
    if (!layers) {
      by_nodes();
      if (options_.by == "operators" || (options_.by.empty() && graph_.nodes.size() > kMostNodes)) add_up_operators();
    }
    mark_rows_above();
    return std::move(summary_);
  }

 private:
  void count_nodes() {
    for (const Node& node : graph_.nodes) {
      ++summary_.operators[operator_name(node)];
      const std::optional<Flops> found = node_flops(model_, node, types_);
      if (!found) ++summary_.uncounted[operator_name(node)];
      flops_.push_back(found.value_or(Flops{}));
      summary_.flops += flops_.back();
    }
    for (const auto& [name, tensor] : graph_.initializers) {
      summary_.weight_bytes += static_cast<std::int64_t>(tensor.size_bytes());
      if (!is_floating(tensor.dtype())) continue;
      summary_.parameters += tensor.size();
      summary_.zeros += zeros_of(tensor);
    }
    summary_.trainable = summary_.parameters;
  }

  void measure() {
    profile_ = profile(model_, inputs_, {.threads = options_.threads});
    summary_.run_us = profile_->run_us;
    summary_.runtime_us = profile_->runtime_us;
  }

  void add_nodes(SummaryRow& row, const std::vector<std::size_t>& nodes) const {
    row.nodes += nodes.size();
    for (const std::size_t node : nodes) {
      row.flops += flops_[node];
      if (profile_ && profile_->ran[node]) row.time_us = row.time_us.value_or(0) + profile_->node_us[node];
    }
  }

  std::int64_t output_bytes(const std::string& value) const {
    const auto type = types_.find(value);
    return type == types_.end() ? 0 : bytes_of(type->second);
  }

  // --- layers ------------------------------------------------------------------------------------------------------

  bool by_layers() {
    try {
      const auto [architecture, weights, places] = layers::layer_view(model_);
      const std::vector<NamedWeight> specs = weight_specs(architecture);
      const std::map<std::string, Dims> shapes = output_shapes(architecture);
      std::set<std::string> given;  // values whose bytes are counted
      for (std::size_t i = 0; i < places.size(); ++i) {
        SummaryRow& row = summary_.list.emplace_back();
        row.name = places[i].layer;
        row.kind = places[i].kind;
        row.inputs = architecture.layers[i].inputs;
        row.output = to_string(shapes.at(row.name));
        add_nodes(row, places[i].nodes);
        if (given.insert(places[i].value).second) row.output_bytes = output_bytes(places[i].value);
        for (const NamedWeight& spec : specs)
          if (spec.layer == row.name) add_weight(row, spec, *find(weights, spec.name));
      }
    } catch (const Error& error) {
      why_not_ = error.what();
      summary_.list.clear();
      return false;
    }
    summary_.by = "layers";
    summary_.parameters = summary_.trainable = summary_.zeros = 0;  // without constants, which are no parameters
    for (const SummaryRow& row : summary_.list) {
      summary_.parameters += row.parameters;
      summary_.trainable += row.trainable;
      summary_.zeros += row.zeros;
    }
    return true;
  }

  void add_weight(SummaryRow& row, const NamedWeight& spec, const Tensor& tensor) const {
    row.parameters += tensor.size();
    if (spec.spec.trainable) row.trainable += tensor.size();
    row.zeros += zeros_of(tensor);
    row.weight_bytes += static_cast<std::int64_t>(tensor.size_bytes());
  }

  // --- nodes -------------------------------------------------------------------------------------------------------

  void by_nodes() {
    summary_.by = "nodes";
    std::unordered_map<std::string, std::string> maker;  // of values: the row's name
    std::set<std::string> counted;                       // initializers; the first to read one has it
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      SummaryRow& row = summary_.list.emplace_back();
      row.name = node.name.empty() ? node.outputs.at(0) : node.name;
      row.kind = operator_name(node);
      add_nodes(row, {i});
      if (const auto type = declared_.find(node.outputs[0]); type != declared_.end() && type->second.shape)
        row.output = to_string(*type->second.shape);
      for (const std::string& output : node.outputs) {
        row.output_bytes += output_bytes(output);
        maker[output] = row.name;
      }
      for (const std::string& input : node.inputs) read(row, input, maker, counted);
    }
  }

  void read(SummaryRow& row, const std::string& input, const std::unordered_map<std::string, std::string>& maker,
            std::set<std::string>& counted) const {
    if (const Tensor* tensor = graph_.initializer(input)) {
      if (!counted.insert(input).second) return;
      row.weight_bytes += static_cast<std::int64_t>(tensor->size_bytes());
      if (!is_floating(tensor->dtype())) return;
      row.parameters += tensor->size();
      row.trainable += tensor->size();
      row.zeros += zeros_of(*tensor);
      return;
    }
    if (input.empty()) return;
    const auto found = maker.find(input);
    const std::string& from = found == maker.end() ? input : found->second;
    if (!std::ranges::contains(row.inputs, from)) row.inputs.push_back(from);
  }

  void add_up_operators() {
    std::map<std::string, SummaryRow> sums;
    for (const SummaryRow& row : summary_.list) {
      SummaryRow& sum = sums[row.kind];
      sum.name = sum.kind = row.kind;
      sum.nodes += row.nodes;
      sum.parameters += row.parameters;
      sum.trainable += row.trainable;
      sum.zeros += row.zeros;
      sum.weight_bytes += row.weight_bytes;
      sum.output_bytes += row.output_bytes;
      sum.flops += row.flops;
      if (row.time_us) sum.time_us = sum.time_us.value_or(0) + *row.time_us;
    }
    summary_.by = "operators";
    summary_.list.clear();
    for (auto& [name, sum] : sums) summary_.list.push_back(std::move(sum));
  }

  void mark_rows_above() {
    for (std::size_t i = 1; i < summary_.list.size(); ++i)
      summary_.list[i].reads_above = summary_.list[i].inputs == std::vector{summary_.list[i - 1].name};
  }

  const Model& model_;
  const Graph& graph_;
  const SummaryOptions& options_;
  Tensors inputs_;
  Types types_;     // of a run on so many rows
  Types declared_;  // with symbols
  std::vector<Flops> flops_;
  std::optional<Profile> profile_;
  std::string why_not_;
  Summary summary_;
};

}  // namespace

Summary summarise(const Model& model, const SummaryOptions& options) {
  Model shaped = model;
  try {
    infer_shapes(shaped);
  } catch (const Error&) {  // fewer shapes are known then
    shaped = model;
  }
  return Summariser(shaped, options).run();
}

}  // namespace upkeep
