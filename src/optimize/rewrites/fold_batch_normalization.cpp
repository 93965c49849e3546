// Conv, ConvTranspose, Gemm or MatMul, then BatchNormalization (or what is left of one: Mul, Div, Add, Sub by a constant per channel)
//   ==>  the same operator alone
//   y = x * s + t      W' = W * s      b' = b * s + t      s = scale / sqrt(var + epsilon)      t = shift - mean * s
//
// A MatMul has no place for b': an Add follows it, as it does in front of a normalisation.
// Not when: the operator's output has another reader or is an output of the graph, a weight is no constant, or the normalisation trains.

#include <array>
#include <cmath>

#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct FoldBatchNormalization {};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::FoldBatchNormalization;

template <>
inline const Settings settings<FoldBatchNormalization> = describe<FoldBatchNormalization>(
    "fold-batch-normalization", "put the factors of a normalisation into the weights of the convolution or dense layer before it");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

using Doubles = std::vector<double>;

Doubles doubles(const Tensor& tensor) {
  const Tensor wide = tensor.cast(DType::kFloat64);
  const auto values = wide.data<double>();
  return {values.begin(), values.end()};
}

bool is_floating(const Tensor* tensor) {
  if (!tensor) return false;
  return tensor->dtype() == DType::kFloat32 || tensor->dtype() == DType::kFloat64 || tensor->dtype() == DType::kFloat16;
}

// y = x * scale + shift, per channel.
struct Affine {
  Doubles scale, shift;
};

// What is linear in front: a node, and where its channels are.
struct Linear {
  Wiring::Id id = 0;
  std::size_t weight = 1;                        // which input
  std::int64_t channels = 0;                     // of its output
  std::size_t axis = 1;                          // of the channels in its output
  std::size_t rank = 0;                          // of its output
  std::optional<Wiring::Id> add = std::nullopt;  // behind a MatMul: the node that adds its bias
};

std::optional<Linear> linear_at(const Wiring& wiring, Wiring::Id id) {
  const Node& node = wiring.node(id);
  const Tensor* weight = wiring.constant(input(node, 1));
  if (!node.domain.empty() || !is_floating(weight)) return std::nullopt;
  const std::size_t rank = weight->rank();
  if (node.op == "Conv") return Linear{.id = id, .channels = weight->dim(0), .axis = 1, .rank = rank};
  if (node.op == "ConvTranspose")
    return Linear{.id = id, .channels = weight->dim(1) * node.get<std::int64_t>("group", 1), .axis = 1, .rank = rank};
  if (node.op == "Gemm")
    return Linear{.id = id, .channels = weight->dim(node.get<std::int64_t>("transB", 0) != 0 ? 0 : 1), .axis = 1, .rank = 2};
  const auto dims = wiring.dims(input(node, 0));
  if (node.op == "MatMul" && rank == 2 && dims && dims->size() >= 2)
    return Linear{.id = id, .channels = weight->dim(1), .axis = dims->size() - 1, .rank = dims->size()};
  return std::nullopt;
}

// The value of each channel, of a constant that has one value, or one per channel and nothing along the other axes.
std::optional<Doubles> per_channel(const Tensor* tensor, const Linear& linear) {
  if (!is_floating(tensor) || tensor->rank() > linear.rank) return std::nullopt;
  const Doubles values = doubles(*tensor);
  const auto channels = static_cast<std::size_t>(linear.channels);
  if (values.size() == 1) return Doubles(channels, values[0]);
  const std::size_t missing = linear.rank - tensor->rank();
  if (linear.axis < missing || values.size() != channels || tensor->dim(linear.axis - missing) != linear.channels) return std::nullopt;
  return values;
}

std::optional<Affine> normalization(const Wiring& wiring, const Node& node, const Linear& linear) {
  const bool trains = node.get<std::int64_t>("training_mode", 0) != 0 || node.outputs.size() > 1 || node.inputs.size() != 5;
  if (!is_op(node, "BatchNormalization") || trains || linear.axis != 1) return std::nullopt;
  std::array<Doubles, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Tensor* tensor = wiring.constant(node.inputs[i + 1]);
    if (!is_floating(tensor) || tensor->size() != linear.channels) return std::nullopt;
    parts[i] = doubles(*tensor);
  }
  const double epsilon = node.get<float>("epsilon", 1e-5f);
  Affine made{.scale = parts[0], .shift = parts[1]};
  for (std::size_t i = 0; i < made.scale.size(); ++i) {
    made.scale[i] /= std::sqrt(parts[3][i] + epsilon);
    made.shift[i] -= parts[2][i] * made.scale[i];
  }
  return made;
}

std::optional<Affine> arithmetic(const Wiring& wiring, const Node& node, const std::string& value, const Linear& linear) {
  static const std::set<std::string_view> kOperators = {"Mul", "Div", "Add", "Sub"};
  if (!node.domain.empty() || !kOperators.contains(node.op) || node.inputs.size() != 2) return std::nullopt;
  const bool first = node.inputs[0] == value;
  if ((node.op == "Div" || node.op == "Sub") && !first) return std::nullopt;
  const auto operand = per_channel(wiring.constant(node.inputs[first ? 1 : 0]), linear);
  if (!operand) return std::nullopt;
  Affine made{.scale = Doubles(operand->size(), 1), .shift = Doubles(operand->size(), 0)};
  for (std::size_t i = 0; i < operand->size(); ++i) {
    if (node.op == "Mul") made.scale[i] = (*operand)[i];
    if (node.op == "Div") made.scale[i] = 1 / (*operand)[i];
    if (node.op == "Add") made.shift[i] = (*operand)[i];
    if (node.op == "Sub") made.shift[i] = -(*operand)[i];
  }
  return std::ranges::all_of(made.scale, [](double one) { return std::isfinite(one); }) ? std::optional(made) : std::nullopt;
}

// The weights, [...][channel][inner elements], with each channel multiplied.
Tensor scaled(const Tensor& weight, const Doubles& scale, std::size_t inner) {
  Doubles values = doubles(weight);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= scale[i / inner % scale.size()];
  return Tensor(weight.shape(), std::move(values)).cast(weight.dtype());
}

std::size_t elements_after(const Tensor& tensor, std::size_t axis) {
  std::size_t count = 1;
  for (std::size_t i = axis + 1; i < tensor.rank(); ++i) count *= static_cast<std::size_t>(tensor.dim(i));
  return count;
}

// Of a grouped transposed convolution, [group][inputs of a group][outputs of a group][...]: each group has its own channels.
Tensor scaled_groups(const Tensor& weight, const Doubles& scale, std::int64_t groups) {
  Doubles values = doubles(weight);
  const std::size_t inner = elements_after(weight, 1), outputs = static_cast<std::size_t>(weight.dim(1));
  const std::size_t block = values.size() / static_cast<std::size_t>(groups);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= scale[i / block * outputs + i / inner % outputs];
  return Tensor(weight.shape(), std::move(values)).cast(weight.dtype());
}

Tensor scaled_weight(const Node& node, const Tensor& weight, const Doubles& scale) {
  if (node.op == "ConvTranspose") return scaled_groups(weight, scale, node.get<std::int64_t>("group", 1));
  const bool channels_first = node.op == "Conv" || node.get<std::int64_t>("transB", 0) != 0;
  return scaled(weight, scale, elements_after(weight, channels_first ? 0 : 1));
}

// What is added per channel; nullopt where it is no constant.
std::optional<Doubles> bias_of(const Wiring& wiring, const Linear& linear) {
  const Node& node = wiring.node(linear.id);
  if (linear.add) return per_channel(wiring.constant(wiring.node(*linear.add).inputs[1]), linear);
  if (input(node, 2).empty()) return Doubles(static_cast<std::size_t>(linear.channels), 0);
  Linear row = linear;
  if (node.op != "Gemm") row.rank = 1, row.axis = 0;
  auto bias = per_channel(wiring.constant(node.inputs[2]), row);
  if (bias && node.op == "Gemm")
    for (double& one : *bias) one *= node.get<float>("beta", 1.0f);
  return bias;
}

void set_bias(Wiring& wiring, const Linear& linear, const Doubles& bias) {
  const Wiring::Id at = linear.add.value_or(linear.id);
  const DType dtype = wiring.constant(wiring.node(linear.id).inputs[1])->dtype();
  const std::string name = wiring.add_constant(wiring.node(at).outputs[0] + "/bias", Tensor({linear.channels}, Doubles(bias)).cast(dtype));
  wiring.change(at, [&](Node& node) {
    node.inputs.resize(linear.add ? 2 : 3);
    node.inputs.back() = name;
    remove_attribute(node, "beta");
  });
}

void set_weight(Wiring& wiring, const Linear& linear, const Doubles& scale) {
  const Node node = wiring.node(linear.id);
  const std::string name = wiring.add_constant(node.inputs[1] + "/folded", scaled_weight(node, *wiring.constant(node.inputs[1]), scale));
  wiring.change(linear.id, [&](Node& changed) { changed.inputs[1] = name; });
}

void make_add(Wiring& wiring, Linear& linear, Wiring::Id id, const Doubles& shift) {
  wiring.change(id, [&](Node& node) {
    node.op = "Add";
    node.inputs = {wiring.node(linear.id).outputs[0], ""};
    node.attributes.clear();
  });
  linear.add = id;
  set_bias(wiring, linear, shift);
}

bool all_are(const Doubles& values, double value) {
  return std::ranges::all_of(values, [&](double one) { return one == value; });
}

// Takes the node behind the linear one into it. False: it cannot be.
bool absorb(Wiring& wiring, Linear& linear, Wiring::Id reader, const Affine& affine) {
  const std::string output = wiring.node(linear.add.value_or(linear.id)).outputs[0];
  if (wiring.node(linear.id).op == "MatMul" && !linear.add && !all_are(affine.shift, 0)) {
    set_weight(wiring, linear, affine.scale);
    make_add(wiring, linear, reader, affine.shift);
    return true;
  }
  auto bias = bias_of(wiring, linear);
  if (!bias) return false;
  for (std::size_t i = 0; i < bias->size(); ++i) (*bias)[i] = (*bias)[i] * affine.scale[i] + affine.shift[i];
  set_weight(wiring, linear, affine.scale);
  const bool has_place = wiring.node(linear.id).op != "MatMul" || linear.add;
  const bool had_none = !linear.add && input(wiring.node(linear.id), 2).empty();
  if (has_place && !(had_none && all_are(*bias, 0))) set_bias(wiring, linear, *bias);
  return wiring.bypass(reader, output);
}

std::size_t fold_into(Wiring& wiring, Linear linear) {
  for (std::size_t places = 0;;) {
    const std::string output = wiring.node(linear.add.value_or(linear.id)).outputs[0];
    const auto reader = wiring.only_reader(output);
    if (!reader) return places;
    auto affine = normalization(wiring, wiring.node(*reader), linear);
    if (!affine) affine = arithmetic(wiring, wiring.node(*reader), output, linear);
    if (!affine) return places;
    const bool own_add = wiring.node(linear.id).op == "MatMul" && !linear.add && all_are(affine->scale, 1);
    if (own_add) make_add(wiring, linear, *reader, affine->shift);
    else if (!absorb(wiring, linear, *reader, *affine)) return places;
    else ++places;
  }
}

std::size_t fold_all_normalizations(Model& model, const FoldBatchNormalization&, Change&) {
  Wiring wiring(model);
  std::size_t places = 0;
  for (const Wiring::Id id : wiring.ids())
    if (wiring.alive(id))
      if (const auto linear = linear_at(wiring, id)) places += fold_into(wiring, *linear);
  if (places > 0) model.graph = wiring.finish();
  return places;
}

}  // namespace

void add_fold_batch_normalization(RewriteCatalog& catalog) { catalog.add(entry<FoldBatchNormalization>(fold_all_normalizations)); }

}  // namespace upkeep::rewrites
