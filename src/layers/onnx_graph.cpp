// The graph is kept as ONNX text, its weights as inputs behind those that the layer reads. Built, it is copied into the model's graph, in
// the operator set that this is written in.

#include "layers/onnx_graph.hpp"

#include <map>

#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "graph/opset.hpp"
#include "graph/subgraph.hpp"
#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct OnnxGraphOptions {
  std::string graph;
  std::vector<std::string> weights;
};

}  // namespace layers

template <>
const Settings settings<layers::OnnxGraphOptions> = describe<layers::OnnxGraphOptions>(
    "onnx_graph", "computes a graph of ONNX's operators: what stands for a class of somebody's own",
    field("graph", &layers::OnnxGraphOptions::graph, "the graph as ONNX text"),
    field("weights", &layers::OnnxGraphOptions::weights, "its inputs that are weights, behind those that the layer reads"));

namespace layers {
namespace {

class OnnxGraphLayer : public Layer {
 public:
  using Options = OnnxGraphOptions;
  explicit OnnxGraphLayer(Options options)
      : weights_(std::move(options.weights)), model_(in_context("onnx_graph.graph", [&] { return model_from_text(options.graph); })) {
    const std::vector<ValueInfo>& inputs = model_.graph.inputs;
    if (inputs.size() < weights_.size() || model_.graph.outputs.empty())
      throw Error(ErrorCode::kInvalidArgument, "onnx_graph.weights: the graph has fewer inputs, or no outputs");
    for (std::size_t i = 0; i < weights_.size(); ++i)
      if (inputs[read() + i].name != weights_[i])
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("onnx_graph.weights: input {} of the graph is \"{}\", not \"{}\"",
                                                                read() + i, inputs[read() + i].name, weights_[i]));
  }

  InputCount input_count() const override { return {read(), read()}; }

  std::vector<WeightSpec> weights(const std::vector<Dims>&) const override {
    std::vector<WeightSpec> specs;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      WeightSpec spec{.name = weights_[i], .initializer = "zeros"};
      for (const Dim& dim : model_.graph.inputs[read() + i].type.shape.value_or(Dims{})) spec.shape.push_back(dim.value);
      specs.push_back(std::move(spec));
    }
    return specs;
  }

  Value build(const BuildContext& context) const override { return build_all(context).front(); }

  std::vector<Value> build_all(const BuildContext& context) const override {
    Model here = model_;
    set_opset(here, context.ops.model().opsets.at(""));
    std::map<std::string, Value> values;
    for (std::size_t i = 0; i < here.graph.inputs.size(); ++i)
      values[here.graph.inputs[i].name] = i < read() ? given(context, i) : context.weight(weights_[i - read()]);
    for (const auto& [name, tensor] : here.graph.initializers) values[name] = context.ops.constant(tensor);
    for (const Node& node : here.graph.nodes) {
      std::vector<Value> inputs;
      for (const std::string& input : node.inputs) inputs.push_back(input.empty() ? Value() : values.at(input));
      const std::vector<Value> made = context.ops.nodes(node.op, std::move(inputs), node.outputs.size(), node.attributes, node.domain);
      for (std::size_t i = 0; i < made.size(); ++i) values[node.outputs[i]] = made[i];
    }
    std::vector<Value> outputs;
    for (const ValueInfo& output : here.graph.outputs) outputs.push_back(values.at(output.name));
    return outputs;
  }

 private:
  std::size_t read() const { return model_.graph.inputs.size() - weights_.size(); }

  // What the layer reads, which has to be what the graph was written for.
  Value given(const BuildContext& context, std::size_t i) const {
    const Value& value = context.inputs[i];
    const ValueInfo& wanted = model_.graph.inputs[i];
    const Dims dims = wanted.type.shape.value_or(value.dims());
    bool fits = value.dtype() == wanted.type.dtype && dims.size() == value.rank();
    for (std::size_t axis = 0; fits && axis < dims.size(); ++axis)
      fits = !dims[axis].known() || !value.dims()[axis].known() || dims[axis] == value.dims()[axis];
    if (fits) return value;
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("the graph's input \"{}\" is {}{}, the layer reads {}{}", wanted.name, to_string(wanted.type.dtype),
                               to_string(dims), to_string(value.dtype()), to_string(value.dims())));
  }

  std::vector<std::string> weights_;
  Model model_;
};

void check_nodes(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    const auto refuse = [&](const char* why) {
      return Error(ErrorCode::kUnsupported, upkeep::format("node \"{}\" ({}) {}", node.name, node.op, why));
    };
    if (!subgraphs(node).empty()) throw refuse("has sub-graphs, which a layer cannot hold");
    if (!node.domain.empty() && node.domain != "ai.onnx.ml") throw refuse("is no operator of ONNX");
    if (std::ranges::contains(node.outputs, "")) throw refuse("leaves an output out, which a layer cannot hold");
  }
}

}  // namespace

OnnxGraph onnx_graph_of(Model model) {
  check_nodes(model.graph);
  if (!model.functions.empty()) throw Error(ErrorCode::kUnsupported, "it has functions of its own, which a layer cannot hold");
  OnnxGraph made;
  Graph& graph = model.graph;
  std::vector<std::string> names;
  std::erase_if(graph.inputs, [&](const ValueInfo& input) { return graph.initializer(input.name) != nullptr; });  // before IR version 4
  std::erase_if(graph.initializers, [&](const auto& initializer) {
    const auto& [name, tensor] = initializer;
    if (tensor.dtype() != DType::kFloat32 || tensor.rank() == 0) return false;
    names.push_back(name);
    graph.inputs.push_back({.name = name, .type = {.dtype = tensor.dtype(), .shape = Dims(tensor.shape().begin(), tensor.shape().end())}});
    made.weights.emplace_back(name, tensor);
    return true;
  });
  model.metadata.clear();
  model.training_tensors.clear();
  graph.metadata.clear();
  made.settings = {{"graph", model_to_text(model)}, {"weights", names}};
  return made;
}

void add_onnx_graph(LayerCatalog& catalog) {
  LayerEntry made = entry<OnnxGraphLayer>("");  // stands for classes that Keras does not have
  made.aliases.clear();
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
