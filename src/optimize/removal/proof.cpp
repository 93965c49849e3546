#include "optimize/removal/proof.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "graph/element_types.hpp"
#include "runtime/session.hpp"

namespace upkeep::removal {

namespace {

constexpr std::int64_t kRows = 2;
constexpr std::int64_t kSteps = 8;  // of an open size that is not the first

std::optional<Tensors> made_up_rows(const Model& model) {
  Tensors inputs;
  Random random(1, stream_id("rows"));
  for (const ValueInfo& input : model.graph.inputs) {
    if (!input.type.shape || input.type.dtype == DType::kString || input.type.dtype == DType::kUndefined) return std::nullopt;
    Shape shape;
    for (const Dim& dim : *input.type.shape) shape.push_back(dim.known() ? dim.value : shape.empty() ? kRows : kSteps);
    std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
    for (float& value : values) value = static_cast<float>(random.uniform());
    inputs[input.name] = Tensor(shape, std::move(values)).cast(input.type.dtype);
  }
  return inputs;
}

double difference(const Tensor& one, const Tensor& other) {
  constexpr double kNotEqual = std::numeric_limits<double>::infinity();
  if (one.shape() != other.shape() || one.dtype() != other.dtype()) return kNotEqual;
  if (one.dtype() == DType::kString) return one.strings() == other.strings() ? 0 : kNotEqual;
  const Tensor left = one.cast(DType::kFloat64), right = other.cast(DType::kFloat64);
  double apart = 0, largest = 1e-6;
  for (std::size_t i = 0; i < left.data<double>().size(); ++i) {
    const double a = left.data<double>()[i], b = right.data<double>()[i];
    if (std::isfinite(a) != std::isfinite(b)) return kNotEqual;
    if (!std::isfinite(a)) continue;
    apart = std::max(apart, std::abs(a - b));
    largest = std::max(largest, std::abs(a));
  }
  return apart / largest;
}

// Of an index among equals, rounding decides: numbers count, where there are any.
double difference(const Tensors& one, const Tensors& other) {
  constexpr double kNotEqual = std::numeric_limits<double>::infinity();
  if (one.size() != other.size()) return kNotEqual;
  const bool numbers = std::ranges::any_of(one, [](const auto& output) { return is_floating(output.second.dtype()); });
  double apart = 0;
  for (const auto& [name, tensor] : one) {
    const auto found = other.find(name);
    if (found == other.end() || found->second.shape() != tensor.shape()) return kNotEqual;
    if (!numbers || is_floating(tensor.dtype())) apart = std::max(apart, difference(tensor, found->second));
  }
  return apart;
}

}  // namespace

Model with_zeros(Model model, const Coupling& coupling, const std::set<Slot>& gone) {
  Wiring names(coupling.wiring());
  for (const Coupling::Sum& sum : coupling.sums()) {
    const std::vector<Slot> classes = coupling.classes(sum.value, sum.axis);
    if (std::ranges::none_of(classes, [&](Slot slot) { return gone.contains(slot); })) continue;
    std::vector<float> kept;
    for (const Slot slot : classes) kept.push_back(gone.contains(slot) ? 0.0F : 1.0F);
    Shape shape(coupling.rank(sum.value), 1);
    shape[sum.axis] = static_cast<std::int64_t>(kept.size());
    const std::string mask = names.fresh(sum.value + "/kept"), zeroed = names.fresh(sum.value + "/zeroed");
    model.graph.initializers.emplace_back(mask, Tensor(shape, kept).cast(coupling.wiring().type(sum.value)->dtype));
    const Node& reader = coupling.wiring().node(sum.node);
    const auto place = std::ranges::find_if(model.graph.nodes, [&](const Node& node) { return node.outputs == reader.outputs; });
    *std::ranges::find(place->inputs, sum.value) = zeroed;
    model.graph.nodes.insert(place, Node{.op = "Mul", .domain = {}, .name = zeroed, .inputs = {sum.value, mask}, .outputs = {zeroed}});
  }
  return model;
}

double rounding_of(const Model& model) {
  const bool half = std::ranges::any_of(model.graph.initializers, [](const auto& one) {
    return one.second.dtype() == DType::kFloat16 || one.second.dtype() == DType::kBFloat16;
  });
  return half ? 0.05 : 1e-3;
}

std::optional<double> difference(const Model& one, const Model& other) {
  const auto inputs = made_up_rows(one);
  if (!inputs) return std::nullopt;
  Tensors left, right;
  try {
    const Session session(one);
    left = session.run(*inputs);
    if (difference(left, session.run(*inputs)) > 0) return std::nullopt;
    right = Session(other).run(*inputs);
  } catch (const Error&) {
    return std::nullopt;
  }
  return difference(left, right);
}

}  // namespace upkeep::removal
