// The operators that libonnx knows, from its schemas.
#include <onnx/defs/schema.h>

#include <algorithm>
#include <map>
#include <set>

#include "graph/onnx.hpp"

namespace upkeep {
namespace {

bool takes_floats(const std::vector<onnx::OpSchema::FormalParameter>& parameters) {
  return std::ranges::any_of(parameters, [](const auto& parameter) {
    return std::ranges::any_of(parameter.GetTypes(),
                               [](const std::string* type) { return type->find("tensor(float)") != std::string::npos; });
  });
}

}  // namespace

std::vector<OperatorInfo> standard_operators() {
  std::map<std::pair<std::string, std::string>, std::set<int>> versions;
  for (const onnx::OpSchema& schema : onnx::OpSchemaRegistry::get_all_schemas_with_history())
    if (schema.domain().empty() || schema.domain() == "ai.onnx.ml")
      versions[{schema.domain(), schema.Name()}].insert(schema.SinceVersion());
  std::vector<OperatorInfo> operators;
  for (const auto& [key, since] : versions) {
    const onnx::OpSchema* newest = onnx::OpSchemaRegistry::Schema(key.second, *since.rbegin(), key.first);
    if (!newest || newest->Deprecated()) continue;
    operators.push_back({.domain = key.first,
                         .name = key.second,
                         .versions = {since.begin(), since.end()},
                         .floats = takes_floats(newest->inputs()) && takes_floats(newest->outputs()),
                         .is_function = newest->HasFunction() || newest->HasContextDependentFunction()});
  }
  return operators;
}

bool takes_type(const Model& model, const Node& node, Side side, std::size_t index, DType dtype) {
  const auto opset = model.opsets.find(node.domain);
  if (opset == model.opsets.end()) return false;
  const onnx::OpSchema* schema = onnx::OpSchemaRegistry::Schema(node.op, static_cast<int>(opset->second), node.domain);
  if (!schema) return false;
  const auto& parameters = side == Side::kInput ? schema->inputs() : schema->outputs();
  if (parameters.empty()) return false;
  const auto& parameter = parameters[std::min(index, parameters.size() - 1)];  // the last one may stand for several
  const std::string name = dtype == DType::kFloat32 ? "float" : dtype == DType::kFloat64 ? "double" : to_string(dtype);
  return std::ranges::any_of(parameter.GetTypes(), [&](const std::string* type) { return *type == "tensor(" + name + ")"; });
}

}  // namespace upkeep
