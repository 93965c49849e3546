#include "graph/embedding.hpp"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <vector>

#include "base/format.hpp"
#include "base/random.hpp"
#include "graph/element_types.hpp"
#include "graph/onnx.hpp"
#include "graph/ops.hpp"
#include "graph/signature.hpp"

namespace upkeep {

namespace {

// Numbers in a row.
std::int64_t width_of(const Value& value) {
  if (!value.rank_known() || value.rank() < 2)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("value \"{}\" has no rows of several numbers", value.name()),
                "an embedding is a value of shape [batch, ...]");
  std::int64_t width = 1;
  for (std::size_t axis = 1; axis < value.rank(); ++axis) {
    if (!value.dims()[axis].known())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("value \"{}\" has rows of any size: {}", value.name(), to_string(value.dims())),
                  "an embedding has as many numbers in every row");
    width *= value.dims()[axis].value;
  }
  return width;
}

Tensor projection(std::int64_t width) {
  Random random(0, stream_id("embedding"));
  std::vector<float> weights;
  const double scale = 1 / std::sqrt(static_cast<double>(kEmbeddingWidth));
  for (std::int64_t i = 0; i < width * kEmbeddingWidth; ++i) weights.push_back(static_cast<float>(scale * random.normal()));
  return Tensor({width, kEmbeddingWidth}, std::move(weights));
}

bool is_own(const std::string& name) { return name.starts_with(kEmbeddingOutput); }

void forget_embedding(Model& model) {
  std::erase_if(model.graph.outputs, [](const ValueInfo& output) { return is_own(output.name); });
  std::erase_if(model.graph.nodes, [](const Node& node) { return std::ranges::all_of(node.outputs, is_own); });
  std::erase_if(model.graph.initializers, [](const auto& one) { return is_own(one.first); });
}

}  // namespace

bool has_embedding(const Model& model) { return std::ranges::contains(model.graph.outputs, kEmbeddingOutput, &ValueInfo::name); }

std::string embedded_value(const Model& model) {
  std::string value = kEmbeddingOutput;
  while (is_own(value)) {
    const auto made = std::ranges::find_if(model.graph.nodes, [&](const Node& node) { return std::ranges::contains(node.outputs, value); });
    if (made == model.graph.nodes.end()) return "";
    value = made->inputs.at(0);
  }
  return value;
}

std::string value_before_last_dense(const Model& model) {
  Model copy = model;
  forget_embedding(copy);
  const Ops ops(copy);
  for (const Node& node : copy.graph.nodes | std::views::reverse)
    if ((node.op == "Gemm" || node.op == "MatMul") && node.inputs.size() > 1 && ops.constant_tensor(node.inputs[1])) return node.inputs[0];
  throw Error(ErrorCode::kNotFound, "the model has no dense layer, whose input would be the embedding", "name a value of the graph");
}

void add_embedding(Model& model, const std::string& value) {
  forget_embedding(model);
  infer_shapes(model);
  {
    Ops ops(model, upkeep::format("{}.", kEmbeddingOutput));
    Value rows = ops.existing(value);
    if (!is_floating(rows.dtype()))
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("value \"{}\" holds {}, and an embedding is of floats", value, to_string(rows.dtype())));
    const std::int64_t width = width_of(rows);
    rows = ops.node("Flatten", {ops.cast(rows, DType::kFloat32)}, {{"axis", std::int64_t{1}}});
    if (width > kEmbeddingWidth) rows = ops.node("MatMul", {rows, ops.constant(projection(width))});
    ops.output(rows, kEmbeddingOutput);
  }
  Signature signature = signature_of(model);
  for (OutputSignature& output : signature.outputs)
    if (output.name == kEmbeddingOutput) output.answer = Answer::kTensor;
  set_signature(model, signature);
}

}  // namespace upkeep
