#include "train/training_data.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"
#include "data/elements.hpp"

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
  return in_context("input \"" + input.name + "\"", [&] { return as_elements(tensor, input.type.dtype); });
}

// The model's inputs, with what the graph reads in place of its texts.
Tensors with_texts_read(const TrainingGraph& graph, const Tensors& inputs) {
  if (!graph.texts) return inputs;
  Tensors all = inputs;
  Tensors read;
  for (const ValueInfo& input : graph.texts->graph.inputs)
    if (const auto found = inputs.find(input.name); found != inputs.end()) read.emplace(*found);
  for (auto& [name, values] : predict(*graph.texts, read)) all.emplace(name, std::move(values));
  return all;
}

// [N] stands for [N, 1].
Tensor with_rank(const Tensor& targets, std::size_t rank) {
  if (targets.rank() != 1 || rank != 2) return targets;
  return targets.reshaped({targets.dim(0), 1});
}

// [N, 1] as [N, columns]: Keras broadcasts a single target to all outputs.
Tensor repeated(const Tensor& targets, std::int64_t columns) {
  const Tensor values = targets.cast(DType::kFloat64);
  std::vector<double> wide;
  for (const double value : values.data<double>()) wide.insert(wide.end(), static_cast<std::size_t>(columns), value);
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
  try {
    return as_elements(targets, DType::kInt64);
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("targets are class indices: {}", error.message()),
                "this loss takes whole numbers, 0 for the first class");
  }
}

// Class indices [N, 1] as rows of 0 with a 1 at the class.
Tensor one_hot(const Tensor& targets, std::int64_t classes) {
  const Tensor indices = whole_numbers(targets);
  check_classes(indices, classes);
  std::vector<float> rows(static_cast<std::size_t>(targets.dim(0) * classes));
  std::size_t begin = 0;
  for (const std::int64_t index : indices.data<std::int64_t>()) {
    rows[begin + static_cast<std::size_t>(index)] = 1;
    begin += static_cast<std::size_t>(classes);
  }
  return Tensor({targets.dim(0), classes}, std::move(rows));
}

// [N, U, 1] as [N, steps, 1], with zeros behind.
Tensor padded(const Tensor& targets, std::int64_t steps) {
  const Tensor numbers = targets.cast(DType::kFloat64);
  const auto own = static_cast<std::size_t>(targets.dim(1)), all = static_cast<std::size_t>(steps);
  std::vector<double> wide(static_cast<std::size_t>(targets.dim(0)) * all);
  for (std::size_t row = 0; row * all < wide.size(); ++row)
    std::ranges::copy(numbers.data<double>().subspan(row * own, own), wide.begin() + static_cast<std::ptrdiff_t>(row * all));
  return Tensor({targets.dim(0), steps, 1}, std::move(wide)).cast(targets.dtype());
}

Tensor targets_for(const TrainedOutput& output, const Tensor& given) {
  const ValueType& expected = output.targets.type;
  Tensor targets = with_rank(given, expected.shape->size());
  const bool single = targets.rank() == 2 && expected.shape->size() == 2 && targets.dim(1) == 1 && targets.dtype() != DType::kString;
  if (const std::int64_t columns = single ? expected.shape->back().value : 1; columns > 1)
    targets = output.elementwise ? repeated(targets, columns) : one_hot(targets, columns);
  if (output.padded && targets.rank() == 3 && targets.dim(2) == 1 && targets.dim(1) < (*expected.shape)[1].value)
    targets = padded(targets, (*expected.shape)[1].value);
  if (targets.dtype() == DType::kString || !fits(targets.shape(), *expected.shape)) throw misfit("targets", given, expected);
  if (targets.dtype() != expected.dtype)
    targets = expected.dtype == DType::kInt64 ? whole_numbers(targets) : as_elements(targets, expected.dtype);
  if (expected.dtype == DType::kInt64 && targets.dim(0) > 0) check_classes(targets, output.predictions.type.shape->back().value);
  return targets;
}

const Tensor& given_targets(const TrainingGraph& graph, const TrainedOutput& output, const Dataset& data) {
  if (data.output_targets.empty()) {
    if (graph.outputs.size() == 1) return data.targets;
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("the data has one set of targets, {} outputs are trained", graph.outputs.size()),
                "give targets for each output");
  }
  const auto found = data.output_targets.find(output.name);
  if (found != data.output_targets.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, tensor] : data.output_targets) names.push_back(name);
  throw Error(ErrorCode::kInvalidArgument, "the data has no targets for output \"" + output.name + "\"", "it has: " + join(names));
}

Tensor sample_weights_for(const Tensor& given, std::int64_t rows) {
  if (given.rank() == 2 && given.dim(1) == 1) return sample_weights_for(given.reshaped({given.dim(0)}), rows);
  if (given.dtype() == DType::kString || given.shape() != Shape{rows})
    throw Error(ErrorCode::kInvalidArgument, "sample weights are " + to_string(given.dtype()) + to_string(given.shape()),
                upkeep::format("expected one number for each of the {} rows", rows));
  Tensor weights = given.cast(DType::kFloat32);
  const std::span<const float> values = weights.floats();
  const auto wrong = std::ranges::find_if(values, [](float weight) { return !(weight >= 0 && std::isfinite(weight)); });
  if (wrong != values.end())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the sample weight of row {} is {}", wrong - values.begin() + 1, *wrong),
                "expected a finite number, 0 or more");
  return weights;
}

// The class of each row: its index, or the place of the largest element; 0 or 1 of a single 0/1 target (Keras rounds down too).
std::vector<std::int64_t> classes_of(const Tensor& targets) {
  const auto rows = static_cast<std::size_t>(targets.dim(0));
  const std::size_t columns = rows == 0 ? 0 : static_cast<std::size_t>(targets.size()) / rows;
  if (targets.rank() > 2 || columns == 0)
    throw Error(ErrorCode::kInvalidArgument, "targets " + to_string(targets.shape()) + " have no class for each row",
                "class weights need class indices, one-hot rows or a 0/1 target");
  std::vector<std::int64_t> classes(rows);
  const Tensor numbers = targets.cast(DType::kFloat32);
  const std::span<const float> values = numbers.floats();
  for (std::size_t row = 0; row < rows; ++row) {
    const auto own = values.subspan(row * columns, columns);
    classes[row] = columns == 1 ? static_cast<std::int64_t>(own[0]) : std::ranges::max_element(own) - own.begin();
  }
  return classes;
}

}  // namespace

TrainingData prepare(const TrainingGraph& graph, const Dataset& data) {
  TrainingData prepared;
  const Tensors inputs = with_texts_read(graph, data.inputs);
  for (const ValueInfo& input : graph.data) prepared.inputs.push_back(input_for(input, inputs));
  const bool several = graph.outputs.size() > 1;
  for (const TrainedOutput& output : graph.outputs) {
    const auto targets = [&] { return targets_for(output, given_targets(graph, output, data)); };
    prepared.targets.push_back(several ? in_context("output \"" + output.name + "\"", targets) : targets());
    if (prepared.targets.back().dim(0) != prepared.targets.front().dim(0))
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("output \"{}\" has {} target rows, output \"{}\" has {}", output.name, prepared.targets.back().dim(0),
                                 graph.outputs.front().name, prepared.targets.front().dim(0)));
  }
  prepared.rows = prepared.targets.front().dim(0);
  for (std::size_t i = 0; i < prepared.inputs.size(); ++i)
    if (prepared.inputs[i].dim(0) != prepared.rows)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("input \"{}\" has {} rows, the targets have {}", graph.data[i].name,
                                                              prepared.inputs[i].dim(0), prepared.rows));
  if (prepared.rows == 0) throw Error(ErrorCode::kInvalidArgument, "the data has no rows");
  if (data.sample_weights.size() > 0) prepared.sample_weights = sample_weights_for(data.sample_weights, prepared.rows);
  return prepared;
}

ClassWeights balanced_class_weights(const Tensor& targets) {
  std::map<std::int64_t, double> counts;
  const std::vector<std::int64_t> classes = classes_of(targets);
  for (const std::int64_t one : classes) ++counts[one];
  ClassWeights weights;
  for (const auto& [one, count] : counts) weights[one] = static_cast<double>(classes.size()) / (static_cast<double>(counts.size()) * count);
  return weights;
}

Tensor weights_with_classes(const TrainingData& data, const ClassWeights& weights) {
  if (data.targets.size() != 1)
    throw Error(ErrorCode::kInvalidArgument, "class weights for a model with several outputs", "use sample weights");
  const std::vector<std::int64_t> classes = classes_of(data.targets[0]);
  for (const auto& [one, weight] : weights)
    if (!std::ranges::contains(classes, one))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("a weight for class {}, which no row has", one));
  std::vector<float> values(classes.size(), 1.0F);
  if (data.sample_weights.size() > 0) std::ranges::copy(data.sample_weights.floats(), values.begin());
  for (std::size_t row = 0; row < values.size(); ++row)
    if (const auto found = weights.find(classes[row]); found != weights.end()) values[row] *= static_cast<float>(found->second);
  return Tensor({data.rows}, std::move(values));
}

Json fingerprint(const TrainingData& data) {
  Sha256 hash;
  const auto add = [&hash](const Tensor& tensor) {
    hash.update(to_string(tensor.dtype()) + to_string(tensor.shape()));
    hash.update({reinterpret_cast<const char*>(tensor.bytes().data()), tensor.size_bytes()});
  };
  for (const Tensor& input : data.inputs) add(input);
  for (const Tensor& targets : data.targets) add(targets);
  if (data.sample_weights.size() > 0) add(data.sample_weights);
  return {{"rows", data.rows}, {"sha256", hash.hex()}};
}

}  // namespace upkeep
