// Types and shapes of all values of a finished graph.
#include <unordered_map>

#include "graph/inference.hpp"
#include "graph/onnx.hpp"

namespace upkeep {
namespace {

// Both say something about the same value; together they say more. A number beats a symbol, a symbol beats nothing.
Dim merge(const Dim& declared, const Dim& inferred, bool& agree) {
  if (declared.known() && inferred.known() && declared.value != inferred.value) agree = false;
  if (inferred.known()) return inferred;
  return declared.known() || !declared.symbol.empty() ? declared : inferred;
}

bool is_tensor(const ValueType& type) { return type.dtype != DType::kUndefined || type.shape || type.opaque.empty(); }

ValueType merge(const std::string& name, const ValueType& declared, const ValueType& inferred) {
  if (inferred == ValueType{}) return declared;
  if (declared == ValueType{}) return inferred;
  bool agree = is_tensor(declared) == is_tensor(inferred);
  agree = agree && (declared.dtype == inferred.dtype || declared.dtype == DType::kUndefined || inferred.dtype == DType::kUndefined);
  ValueType merged = declared;
  if (merged.dtype == DType::kUndefined) merged.dtype = inferred.dtype;
  if (!declared.shape) {
    merged.shape = inferred.shape;
  } else if (inferred.shape) {
    agree = agree && declared.shape->size() == inferred.shape->size();
    for (std::size_t i = 0; agree && i < merged.shape->size(); ++i)
      (*merged.shape)[i] = merge((*declared.shape)[i], (*inferred.shape)[i], agree);
  }
  if (agree) return merged;
  throw Error(ErrorCode::kInvalidArgument, "value \"" + name + "\" is declared as " + to_string(declared),
              "its operator gives " + to_string(inferred));
}

class Declared {
 public:
  explicit Declared(Graph& graph) {
    for (auto* list : {&graph.values, &graph.outputs})
      for (ValueInfo& info : *list) infos_.try_emplace(info.name, &info);
  }
  ValueInfo* find(const std::string& name) const {
    const auto found = infos_.find(name);
    return found == infos_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_map<std::string, ValueInfo*> infos_;
};

}  // namespace

void infer_shapes(Model& model) {
  Graph& graph = model.graph;
  const Declared declared(graph);
  Inference inference(model);
  for (const ValueInfo& input : graph.inputs) inference.declare(input.name, input.type);
  for (const auto& [name, tensor] : graph.initializers)
    if (!inference.type(name)) inference.constant(name, tensor);
  std::vector<ValueInfo> found;
  for (const Node& node : graph.nodes) {
    in_context("node \"" + node.name + "\"", [&] { inference.add(node); });
    for (const std::string& name : node.outputs) {
      const ValueType* inferred = inference.type(name);
      if (name.empty() || !inferred) continue;
      ValueInfo* info = declared.find(name);
      const ValueType type = info ? merge(name, info->type, *inferred) : *inferred;
      if (type != *inferred) inference.declare(name, type);
      if (info) info->type = type;
      else if (type != ValueType{}) found.push_back({name, type, {}, {}});
    }
  }
  for (ValueInfo& output : graph.outputs)  // one that is an input or a weight
    if (const ValueType* known = inference.type(output.name)) output.type = merge(output.name, output.type, *known);
  graph.values.insert(graph.values.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
}

}  // namespace upkeep
