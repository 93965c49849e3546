#include "optimize/removal/constant_channels.hpp"

#include <algorithm>
#include <cmath>

#include "graph/element_types.hpp"
#include "graph/subgraph.hpp"
#include "optimize/removal/rules.hpp"
#include "runtime/session.hpp"

namespace upkeep::removal {

namespace {

bool has_pads(const Node& node) {
  return node.get<std::string>("auto_pad", "NOTSET").starts_with("SAME") ||
         std::ranges::any_of(node.get<std::vector<std::int64_t>>("pads", {}), [](std::int64_t pad) { return pad != 0; });
}

// Places of `axis` at which every element is zero.
std::vector<bool> zero_places(const Tensor& tensor, std::size_t axis) {
  const auto length = static_cast<std::size_t>(tensor.dim(axis));
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < tensor.rank(); ++i) inner *= static_cast<std::size_t>(tensor.dim(i));
  const Tensor single = tensor.cast(DType::kFloat32);
  std::vector<bool> zero(length, true);
  for (std::size_t i = 0; i < single.floats().size(); ++i)
    if (single.floats()[i] != 0) zero[i / inner % length] = false;
  return zero;
}

}  // namespace

ConstantChannels::ConstantChannels(const Model& model, const Coupling& coupling) : model_(model), coupling_(coupling) {
  for (const Node& node : model.graph.nodes)
    if (node.domain.empty() && !node.outputs.empty() && coupling.has_rank(node.outputs[0])) visit(node);
}

const ConstantChannels::Known* ConstantChannels::find(const std::string& value) const {
  const auto found = known_.find(value);
  return found == known_.end() ? nullptr : &found->second;
}

std::optional<float> ConstantChannels::at(const std::string& value, std::size_t axis, std::size_t place) const {
  const Known* known = find(value);
  return known && known->axis == axis && place < known->numbers.size() ? known->numbers[place] : std::nullopt;
}

const Tensor* ConstantChannels::tensor(const std::string& value) {
  if (const Tensor* constant = coupling_.constant(value)) return constant;
  const auto [place, added] = tensors_.try_emplace(value);
  if (!added) return place->second ? &*place->second : nullptr;
  Model part = model_;
  part.graph.outputs = {{value, {}, {}, {}}};
  part.training_tensors.clear();
  drop_unused(part.graph);
  for (const Node& node : part.graph.nodes)
    for (const std::string& name : reads_of(node))
      if (part.graph.input(name)) return nullptr;
  part.graph.inputs.clear();
  try {
    place->second = Session(part, {.threads = 1, .optimize = false}).run({}).begin()->second;
  } catch (const Error&) {  // an operator that the runtime lacks
    return nullptr;
  }
  return &*place->second;
}

void ConstantChannels::visit(const Node& node) {
  const std::size_t rank = coupling_.rank(node.outputs[0]);
  if (is_op(node, "Conv")) weighted(node, 0, 1, input(node, 2));
  else if (is_op(node, "Gemm") && rank == 2) weighted(node, node.get<std::int64_t>("transB", 0) != 0 ? 0 : 1, 1, input(node, 2));
  else if (is_op(node, "MatMul") && rank >= 2 && coupling_.has_rank(node.inputs[1]) && coupling_.rank(node.inputs[1]) == 2)
    weighted(node, 1, rank - 1, "");
  else if (is_op(node, "BatchNormalization") && node.outputs.size() == 1) normalized(node);
  else if (is_op(node, "Concat")) joined(node);
  else if (is_op(node, "Transpose")) moved(node);
  else if (is_op(node, "Slice")) sliced(node);
  else if (is_op(node, "Flatten") || is_op(node, "Reshape")) reshaped(node);
  else if (is_op(node, "MaxPool") || is_op(node, "GlobalAveragePool") || is_op(node, "GlobalMaxPool")) passed(node);
  else if (is_op(node, "ReduceMax") || is_op(node, "ReduceMin") || is_op(node, "ReduceMean")) reduced(node);
  else if (is_op(node, "AveragePool") && (!has_pads(node) || node.get<std::int64_t>("count_include_pad", 0) == 0)) passed(node);
  else if (is_elementwise(node) && node.op != "Dropout") pointwise(node);
  else if (is_broadcasting(node) && node.op != "Where") broadcast(node);
  else if (is_op(node, "Dropout") && node.outputs.size() == 1 && input(node, 2).empty()) passed(node);
}

// Weights that are all zero leave the bias alone.
void ConstantChannels::weighted(const Node& node, std::size_t weight_axis, std::size_t axis, const std::string& bias) {
  const Tensor* weight = tensor(node.inputs[1]);
  if (!weight || !is_floating(weight->dtype())) return;
  const bool scaled = node.get<float>("beta", 1.0F) != 1.0F;
  const Tensor* offset = bias.empty() ? nullptr : tensor(bias);
  const std::vector<bool> zero = zero_places(*weight, weight_axis);
  if (!bias.empty() && (!offset || scaled || offset->size() != static_cast<std::int64_t>(zero.size()))) return;
  if (coupling_.size(node.outputs[0], axis) != zero.size()) return;
  Numbers numbers(zero.size());
  const Tensor offsets = offset ? offset->cast(DType::kFloat32) : Tensor();
  const Tensor single = weight->cast(DType::kFloat32);
  for (std::size_t i = 0; i < zero.size(); ++i) {
    const float own = offset ? offsets.floats()[i] : 0.0F;
    if (zero[i]) numbers[i] = own;
    else if (const auto passed = passed_on(node, single, i)) numbers[i] = own + *passed;
  }
  known_[node.outputs[0]] = {axis, std::move(numbers)};
}

// What a depthwise convolution makes of a constant; at a border of zeros only a zero stays the same number.
std::optional<float> ConstantChannels::passed_on(const Node& node, const Tensor& weight, std::size_t channel) const {
  const Known* from = find(node.inputs[0]);
  const auto groups = static_cast<std::size_t>(node.get<std::int64_t>("group", 1));
  const auto channels = static_cast<std::size_t>(weight.dim(0));
  if (!from || from->axis != 1 || !is_op(node, "Conv") || groups < 2 || groups != from->numbers.size()) return std::nullopt;
  const auto number = from->numbers[channel / (channels / groups)];
  if (!number || (*number != 0 && has_pads(node))) return std::nullopt;
  float sum = 0;
  const std::size_t each = weight.floats().size() / channels;
  for (const float one : weight.floats().subspan(channel * each, each)) sum += one * *number;
  return sum;
}

void ConstantChannels::normalized(const Node& node) {
  const Known* from = find(node.inputs[0]);
  std::vector<Tensor> vectors;
  for (std::size_t i = 1; i < 5; ++i) {
    const Tensor* vector = tensor(input(node, i));
    if (!vector || vector->rank() != 1 || node.get<std::int64_t>("training_mode", 0) != 0) return;
    vectors.push_back(vector->cast(DType::kFloat32));
  }
  Numbers numbers(vectors[0].floats().size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const float scale = vectors[0].floats()[i], offset = vectors[1].floats()[i], mean = vectors[2].floats()[i],
                variance = vectors[3].floats()[i];
    const auto number = from && from->axis == 1 && i < from->numbers.size() ? from->numbers[i] : std::nullopt;
    if (number) numbers[i] = scale * (*number - mean) / std::sqrt(variance + node.get<float>("epsilon", 1e-5F)) + offset;
    else if (scale == 0) numbers[i] = offset;
  }
  known_[node.outputs[0]] = {1, std::move(numbers)};
}

// The node alone, on many numbers at once: operands[i] are those of its input i, place by place. Empty: nobody can tell.
std::vector<float> ConstantChannels::results(const Node& node, const std::vector<std::vector<float>>& operands) {
  Model alone;
  alone.ir_version = model_.ir_version;
  alone.opsets = model_.opsets;
  alone.graph.name = "constant";
  alone.graph.nodes = {node};
  const auto count = static_cast<std::int64_t>(operands.front().size());
  for (std::size_t i = 0; i < operands.size(); ++i) {
    alone.graph.nodes[0].inputs[i] = "operand_" + std::to_string(i);
    alone.graph.initializers.emplace_back("operand_" + std::to_string(i), Tensor(Shape{count}, operands[i]));
  }
  for (std::size_t i = operands.size(); i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty()) continue;
    const Tensor* constant = coupling_.constant(node.inputs[i]);
    if (!constant || constant->size() != 1) return {};
    alone.graph.initializers.emplace_back(node.inputs[i], *constant);
  }
  alone.graph.outputs = {{node.outputs[0], {}, {}, {}}};
  try {
    const Tensor made = Session(alone, {.threads = 1, .optimize = false}).run({}).begin()->second;
    if (made.dtype() != DType::kFloat32 || made.size() != count) return {};
    return {made.floats().begin(), made.floats().end()};
  } catch (const Error&) {
    return {};
  }
}

// Where all operands are known, the node's results are.
ConstantChannels::Numbers ConstantChannels::where_known(const Node& node, const std::vector<Numbers>& operands) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < operands.front().size(); ++i)
    if (std::ranges::all_of(operands, [&](const Numbers& numbers) { return numbers[i].has_value(); })) places.push_back(i);
  Numbers made(operands.front().size());
  if (places.empty()) return made;
  std::vector<std::vector<float>> known;
  for (const Numbers& numbers : operands) {
    known.emplace_back();
    for (const std::size_t place : places) known.back().push_back(*numbers[place]);
  }
  const std::vector<float> all = results(node, known);
  for (std::size_t i = 0; i < all.size(); ++i) made[places[i]] = all[i];
  return made;
}

void ConstantChannels::pointwise(const Node& node) {
  if (const Known* from = find(node.inputs[0])) known_[node.outputs[0]] = Known{from->axis, where_known(node, {from->numbers})};
}

// What an operand gives for each channel; `from_behind` counts axes from the last.
ConstantChannels::Numbers ConstantChannels::numbers_along(const std::string& value, std::size_t axis, std::size_t size,
                                                          std::size_t from_behind) {
  if (const Known* known = find(value); known && known->axis == axis && known->numbers.size() == size) return known->numbers;
  const Tensor* constant = coupling_.constant(value);
  if (!constant || constant->dtype() != DType::kFloat32) return Numbers(size);
  if (constant->size() == 1) return Numbers(size, constant->floats()[0]);
  const bool along = constant->rank() > from_behind && constant->size() == static_cast<std::int64_t>(size) &&
                     constant->dim(constant->rank() - 1 - from_behind) == static_cast<std::int64_t>(size);
  if (!along) return Numbers(size);
  return {constant->floats().begin(), constant->floats().end()};
}

void ConstantChannels::broadcast(const Node& node) {
  const std::string& y = node.outputs[0];
  const Known* first = nullptr;
  for (const std::string& operand : node.inputs)
    if (const Known* known = find(operand); known && !first && coupling_.has_rank(operand) && coupling_.rank(operand) == coupling_.rank(y))
      first = known;
  if (!first || coupling_.size(y, first->axis) != first->numbers.size()) return;
  const std::size_t axis = first->axis, size = first->numbers.size(), behind = coupling_.rank(y) - 1 - axis;
  std::vector<Numbers> operands;
  for (const std::string& operand : node.inputs) {
    const bool aligned = coupling_.has_rank(operand) && (coupling_.rank(operand) == coupling_.rank(y) || coupling_.constant(operand));
    operands.push_back(aligned && !operand.empty() ? numbers_along(operand, axis, size, behind) : Numbers(size));
  }
  Numbers made = where_known(node, operands);
  const auto zero = [&](std::size_t i) {
    return std::ranges::any_of(operands, [&](const Numbers& numbers) { return numbers[i] == 0.0F; });
  };
  for (std::size_t i = 0; node.op == "Mul" && i < size; ++i)
    if (!made[i] && zero(i)) made[i] = 0.0F;
  known_[y] = Known{axis, std::move(made)};
}

void ConstantChannels::passed(const Node& node) {
  if (const Known* from = find(node.inputs[0]); from && from->axis <= 1) known_[node.outputs[0]] = *from;
  else if (from && is_op(node, "Dropout")) known_[node.outputs[0]] = *from;
}

// The largest, the least and the mean of equal numbers is that number.
void ConstantChannels::reduced(const Node& node) {
  const Known* from = find(node.inputs[0]);
  const auto axes = from ? axes_of(coupling_, node, 1, coupling_.rank(node.inputs[0])) : std::nullopt;
  if (!axes || axes->empty() || std::ranges::contains(*axes, from->axis)) return;
  Known made = *from;
  if (node.get<std::int64_t>("keepdims", 1) == 0)
    made.axis -= static_cast<std::size_t>(std::ranges::count_if(*axes, [&](std::size_t axis) { return axis < from->axis; }));
  known_[node.outputs[0]] = std::move(made);
}

void ConstantChannels::joined(const Node& node) {
  const std::size_t rank = coupling_.rank(node.outputs[0]);
  const auto axis = static_cast<std::size_t>(from_front(node.get<std::int64_t>("axis", 1), rank));
  Known made{axis, {}};
  for (const std::string& part : node.inputs) {
    if (!coupling_.has_rank(part) || axis >= coupling_.rank(part)) return;
    const Known* known = find(part);
    const std::size_t size = coupling_.size(part, axis);
    const Numbers numbers = known && known->axis == axis ? known->numbers : Numbers(size);
    made.numbers.insert(made.numbers.end(), numbers.begin(), numbers.end());
  }
  if (made.numbers.size() == coupling_.size(node.outputs[0], axis)) known_[node.outputs[0]] = std::move(made);
}

void ConstantChannels::moved(const Node& node) {
  const Known* from = find(node.inputs[0]);
  const auto order = node.get<std::vector<std::int64_t>>("perm", {});
  if (!from) return;
  const auto place = std::ranges::find(order, static_cast<std::int64_t>(from->axis));
  if (place != order.end()) known_[node.outputs[0]] = {static_cast<std::size_t>(place - order.begin()), from->numbers};
}

void ConstantChannels::sliced(const Node& node) {
  const Known* from = find(node.inputs[0]);
  const auto ranges = from ? slice_ranges(coupling_, node) : std::nullopt;
  if (!ranges) return;
  const auto range = std::ranges::find(*ranges, from->axis, &SliceRange::axis);
  Known made{from->axis, range == ranges->end() ? from->numbers : Numbers()};
  for (std::int64_t i = 0; range != ranges->end() && i < range->count; ++i)
    made.numbers.push_back(from->numbers.at(static_cast<std::size_t>(range->begin + i * range->step)));
  known_[node.outputs[0]] = std::move(made);
}

// Axes behind the batch become one.
void ConstantChannels::reshaped(const Node& node) {
  const Known* from = find(node.inputs[0]);
  const std::string &x = node.inputs[0], &y = node.outputs[0];
  if (!from || from->axis == 0 || coupling_.rank(y) != 2 || coupling_.size(y, 1) == 0) return;
  std::size_t inner = 1, all = 1;
  for (std::size_t axis = 1; axis < coupling_.rank(x); ++axis) {
    all *= coupling_.size(x, axis);
    if (axis > from->axis) inner *= coupling_.size(x, axis);
  }
  if (all != coupling_.size(y, 1) || inner == 0) return;
  Known made{1, Numbers(all)};
  for (std::size_t i = 0; i < all; ++i) made.numbers[i] = from->numbers[i / inner % from->numbers.size()];
  known_[y] = std::move(made);
}

}  // namespace upkeep::removal
