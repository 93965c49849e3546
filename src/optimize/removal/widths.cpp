#include "optimize/removal/widths.hpp"

#include <cmath>

#include "base/random.hpp"
#include "graph/notes.hpp"
#include "layers/architecture.hpp"
#include "runtime/session.hpp"

namespace upkeep::removal {

namespace {

// The setting of a layer that says how many channels it makes.
constexpr std::array kWidths = {"filters", "units", "output_dim"};

std::int64_t last(const Shape& shape) { return shape.empty() ? 0 : shape.back(); }

// By the weight whose last axis is the channels made here, or several times so many (the gates of an LSTM).
std::int64_t new_width(const LayerSpec& layer, std::int64_t width, const Weights& before, const Weights& after) {
  const std::string name = layer.shares.empty() ? layer.name : layer.shares;
  for (const std::string weight : {"bias", "recurrent_kernel", "kernel", "pointwise_kernel", "embeddings"}) {
    const Tensor* was = find(before, name + "/" + weight);
    const Tensor* is = find(after, name + "/" + weight);
    if (!was || !is || was->shape() == is->shape()) continue;
    const bool transposed = layer.kind.ends_with("_transpose") && weight == "kernel";  // [..., out, in]
    const std::int64_t many = transposed ? was->dim(was->rank() - 2) : last(was->shape());
    const std::int64_t left = transposed ? is->dim(is->rank() - 2) : last(is->shape());
    if (width < 1 || many % width != 0 || left % (many / width) != 0) return width;
    return left / (many / width);
  }
  return width;
}

bool fits(const Architecture& architecture, const Weights& weights) {
  for (const NamedWeight& weight : weight_specs(architecture)) {
    const Tensor* there = find(weights, weight.name);
    if (!there || there->shape() != weight.spec.shape) return false;
  }
  return true;
}

// Both give the same for one random row, where inputs are numbers.
bool answers_alike(const Model& one, const Model& other) {
  Tensors inputs;
  Random random(1, stream_id("rows"));
  for (const ValueInfo& input : one.graph.inputs) {
    Shape shape;
    for (const Dim& dim : input.type.shape.value_or(Dims())) shape.push_back(dim.known() ? dim.value : shape.empty() ? 2 : 8);
    if (input.type.dtype == DType::kString) return true;
    std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
    for (float& value : values) value = static_cast<float>(random.uniform());
    inputs[input.name] = Tensor(shape, std::move(values)).cast(input.type.dtype);
  }
  const Tensors a = Session(one).run(inputs), b = Session(other).run(inputs);
  for (const auto& [name, tensor] : a) {
    const auto found = b.find(name);
    if (found == b.end() || found->second.shape() != tensor.shape()) return false;
    if (tensor.dtype() == DType::kString) continue;
    const Tensor left = tensor.cast(DType::kFloat64), right = found->second.cast(DType::kFloat64);
    for (std::int64_t i = 0; i < tensor.size(); ++i) {
      const double x = left.data<double>()[static_cast<std::size_t>(i)], y = right.data<double>()[static_cast<std::size_t>(i)];
      if (std::isfinite(x) && std::abs(x - y) > 1e-4 * std::max(1.0, std::abs(x))) return false;
    }
  }
  return true;
}

}  // namespace

bool keep_layers(const Model& before, Model& after) {
  try {
    Architecture architecture = architecture_of(before);
    const Weights old = weights_of(before), now = after.graph.initializers;
    for (LayerSpec& layer : architecture.layers)
      for (const char* key : kWidths)
        if (const auto setting = layer.settings.find(key); setting != layer.settings.end() && setting->is_number_integer())
          *setting = new_width(layer, setting->get<std::int64_t>(), old, now);
    if (!fits(architecture, now)) return false;
    Weights weights;
    for (const NamedWeight& weight : weight_specs(architecture)) weights.emplace_back(weight.name, *find(now, weight.name));
    Model made = build_model(architecture, weights);
    if (!answers_alike(after, made)) return false;
    carry_notes(before, made, Edit::kLayersChanged);
    made.training_tensors = after.training_tensors;
    made.doc = before.doc;
    made.domain = before.domain;
    made.model_version = before.model_version;
    after = std::move(made);
    return true;
  } catch (const Error&) {  // a Reshape to so many channels, a layer whose heads have gone: its settings do not fit
    return false;
  }
}

}  // namespace upkeep::removal
