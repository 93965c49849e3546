// What changed between the operator sets 13 and 18 and is not understood as it stands (the changelog of ONNX's operators):
//
//   ReduceMax, ReduceMean, ... (all but ReduceSum)   axes: an attribute, an input from 18 on
//   Split                                            without sizes, the number of parts is said by an attribute from 18 on
//   BatchNormalization                               trains when an attribute says so from 14 on; before, when it has several outputs
//   RoiAlign                                         from 16 on its coordinates are shifted by half a pixel unless it says otherwise
//
// ONNX's own version converter does the same, but leaves out functions, metadata and whatever else its intermediate form does not know.

#include "graph/raise_opset.hpp"

#include <algorithm>
#include <array>

namespace upkeep {
namespace {

constexpr std::int64_t kFrom = 13;
constexpr std::int64_t kTo = 18;

bool is_reduction_with_attribute(const Node& node) {
  static constexpr std::array kOps = {"ReduceMax", "ReduceMin",    "ReduceMean",      "ReduceProd",     "ReduceL1",
                                      "ReduceL2",  "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"};
  return std::ranges::find(kOps, node.op) != kOps.end();
}

bool is_standard(const Node& node) { return node.domain.empty() || node.domain == "ai.onnx"; }

template <typename Visit>
void for_each_subgraph(Node& node, const Visit& visit) {
  for (Attribute& attribute : node.attributes) {
    if (auto* inner = std::get_if<GraphPtr>(&attribute.value)) visit(*inner);
    if (auto* inners = std::get_if<std::vector<GraphPtr>>(&attribute.value)) std::ranges::for_each(*inners, visit);
  }
}

void refuse_what_cannot_be_raised(Graph& graph, std::int64_t from) {
  for (Node& node : graph.nodes) {
    if (is_standard(node) && node.op == "BatchNormalization" && from < 14 && node.outputs.size() > 1)
      throw Error(ErrorCode::kUnsupported, "BatchNormalization \"" + node.name + "\" trains in the way of operator set 13",
                  "leave its first output only, or write it in operator set 14 or newer");
    for_each_subgraph(node, [&](const GraphPtr& inner) {
      Graph copy = *inner;
      refuse_what_cannot_be_raised(copy, from);
    });
  }
}

void raise_node(Ops& ops, Node& node, std::int64_t from) {
  if (is_reduction_with_attribute(node)) {
    const auto axes = node.get<std::vector<std::int64_t>>("axes", {});
    std::erase_if(node.attributes, [](const Attribute& attribute) { return attribute.name == "axes"; });
    if (!axes.empty()) node.inputs.push_back(ops.ints(axes).name());
  }
  if (node.op == "Split" && (node.inputs.size() < 2 || node.inputs[1].empty()))
    node.attributes.push_back({"num_outputs", static_cast<std::int64_t>(node.outputs.size()), {}});
  if (node.op == "RoiAlign" && from < 16 && !node.find("coordinate_transformation_mode"))
    node.attributes.push_back({"coordinate_transformation_mode", std::string("output_half_pixel"), {}});
}

void raise_graph(Ops& ops, Graph& graph, std::int64_t from) {
  for (Node& node : graph.nodes) {
    if (is_standard(node)) raise_node(ops, node, from);
    for_each_subgraph(node, [&](GraphPtr& inner) {
      Graph copy = *inner;
      raise_graph(ops, copy, from);
      inner = std::make_shared<const Graph>(std::move(copy));
    });
  }
}

}  // namespace

void raise_opset(Ops& ops) {
  Model& model = ops.model();
  const auto opset = model.opsets.find("");
  if (opset == model.opsets.end() || opset->second >= kTo) return;
  const std::int64_t from = opset->second;
  if (from < kFrom)
    throw Error(ErrorCode::kUnsupported, "the graph is written in operator set " + std::to_string(from),
                "what is 13 or newer can be raised: convert it first");
  refuse_what_cannot_be_raised(model.graph, from);
  raise_graph(ops, model.graph, from);
  opset->second = kTo;
}

}  // namespace upkeep
