#include "train/training_data.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"

namespace upkeep {

namespace {

bool fits(const Shape& shape, const Dims& dims) {  // beyond axis 0, the row
  if (shape.empty() || shape.size() != dims.size()) return false;
  for (std::size_t i = 1; i < shape.size(); ++i)
    if (dims[i].known() && dims[i].value != shape[i]) return false;
  return true;
}

Error misfit(const std::string& what, const Tensor& tensor, const ValueType& expected) {
  return Error(ErrorCode::kInvalidArgument, what + " " + to_string(tensor.dtype()) + to_string(tensor.shape()) + " do not fit the model",
               "expected " + to_string(expected));
}

Tensor input_for(const ValueInfo& input, const Tensors& inputs) {
  const auto found = inputs.find(input.name);
  if (found == inputs.end()) {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : inputs) names.push_back(name);
    throw Error(ErrorCode::kInvalidArgument, "the data has no input \"" + input.name + "\"", "it has: " + join(names));
  }
  const Tensor& tensor = found->second;
  if (tensor.dtype() == DType::kString || !fits(tensor.shape(), *input.type.shape))
    throw misfit("values of input \"" + input.name + "\",", tensor, input.type);
  return tensor.dtype() == input.type.dtype ? tensor : tensor.cast(input.type.dtype);
}

// [N] stands for [N, 1].
Tensor with_rank(const Tensor& targets, std::size_t rank) {
  if (targets.rank() != 1 || rank != 2) return targets;
  return targets.reshaped({targets.dim(0), 1});
}

// [N, 1] as [N, columns]: Keras broadcasts a single target to all outputs.
Tensor repeated(const Tensor& targets, std::int64_t columns) {
  const Tensor values = targets.cast(DType::kFloat32);
  std::vector<float> wide;
  for (const float value : values.floats()) wide.insert(wide.end(), static_cast<std::size_t>(columns), value);
  return Tensor({targets.dim(0), columns}, std::move(wide));
}

void check_classes(const Tensor& targets, std::int64_t classes) {
  const std::span<const std::int64_t> indices = targets.data<std::int64_t>();
  const auto wrong = std::ranges::find_if(indices, [classes](std::int64_t index) { return index < 0 || index >= classes; });
  if (wrong == indices.end()) return;
  const auto per_row = static_cast<std::ptrdiff_t>(indices.size()) / targets.dim(0);
  throw Error(ErrorCode::kInvalidArgument,
              upkeep::format("class {} in row {} of the targets", *wrong, (wrong - indices.begin()) / per_row + 1),
              upkeep::format("the model has classes 0 to {}", classes - 1));
}

Tensor whole_numbers(const Tensor& targets) {
  if (targets.dtype() == DType::kFloat32) {
    const std::span<const float> values = targets.floats();
    const auto wrong = std::ranges::find_if(values, [](float value) { return value != std::trunc(value) || std::abs(value) > 1e9f; });
    if (wrong != values.end())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("target {} is no class index", *wrong),
                  "this loss takes whole numbers, 0 for the first class");
  }
  return targets.cast(DType::kInt64);
}

Tensor targets_for(const TrainingGraph& graph, const Tensor& given) {
  const ValueType& expected = graph.targets.type;
  Tensor targets = with_rank(given, expected.shape->size());
  const bool single = targets.rank() == 2 && expected.shape->size() == 2 && targets.dim(1) == 1 && targets.dtype() != DType::kString;
  if (graph.elementwise && single && expected.shape->back().value > 1) targets = repeated(targets, expected.shape->back().value);
  if (targets.dtype() == DType::kString || !fits(targets.shape(), *expected.shape)) throw misfit("targets", given, expected);
  if (targets.dtype() != expected.dtype) targets = expected.dtype == DType::kInt64 ? whole_numbers(targets) : targets.cast(expected.dtype);
  if (expected.dtype == DType::kInt64 && targets.dim(0) > 0) check_classes(targets, graph.predictions.type.shape->back().value);
  return targets;
}

}  // namespace

TrainingData prepare(const TrainingGraph& graph, const Dataset& data) {
  TrainingData prepared;
  for (const ValueInfo& input : graph.data) prepared.inputs.push_back(input_for(input, data.inputs));
  prepared.targets = targets_for(graph, data.targets);
  prepared.rows = prepared.targets.dim(0);
  for (std::size_t i = 0; i < prepared.inputs.size(); ++i)
    if (prepared.inputs[i].dim(0) != prepared.rows)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("input \"{}\" has {} rows, the targets have {}", graph.data[i].name,
                                                              prepared.inputs[i].dim(0), prepared.rows));
  if (prepared.rows == 0) throw Error(ErrorCode::kInvalidArgument, "the data has no rows");
  return prepared;
}

Json fingerprint(const TrainingData& data) {
  Sha256 hash;
  const auto add = [&hash](const Tensor& tensor) {
    hash.update(to_string(tensor.dtype()) + to_string(tensor.shape()));
    hash.update({reinterpret_cast<const char*>(tensor.bytes().data()), tensor.size_bytes()});
  };
  for (const Tensor& input : data.inputs) add(input);
  add(data.targets);
  return {{"rows", data.rows}, {"sha256", hash.hex()}};
}

}  // namespace upkeep
