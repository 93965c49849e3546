#include "optimize/quantize/shared/stored.hpp"

#include <algorithm>

#include "optimize/quantize/shared/integers.hpp"

namespace upkeep::quantization {

namespace {

struct Place {
  std::size_t input;
  std::optional<std::size_t> axis;
};

std::vector<Place> places_of_weights(const Node& node) {
  if (is_op(node, "Conv")) return {{1, 0}};
  if (is_op(node, "ConvTranspose")) return {{1, 1}};
  if (is_op(node, "Gemm")) return {{1, node.get<std::int64_t>("transB", 0) != 0 ? 0U : 1U}};
  if (is_op(node, "MatMul")) return {{1, 1}};
  if (is_op(node, "LSTM") || is_op(node, "GRU") || is_op(node, "RNN")) return {{1, 1}, {2, 1}};
  if (is_op(node, "Gather") && node.get<std::int64_t>("axis", 0) == 0) return {{0, 0}};
  return {};
}

// The order of elements of [.., channels, ..] with the channels first: calls work(element, place in the matrix).
template <typename Work>
void each_place(const Shape& shape, std::size_t axis, Work work) {
  const Along parts = along(shape, axis);
  std::size_t element = 0;
  for (std::size_t outer = 0; outer < parts.outer; ++outer)
    for (std::size_t channel = 0; channel < parts.count; ++channel)
      for (std::size_t inner = 0; inner < parts.inner; ++inner) work(element++, (channel * parts.outer + outer) * parts.inner + inner);
}

}  // namespace

std::vector<StoredWeight> stored_weights(const Wiring& wiring, std::int64_t smallest) {
  std::vector<StoredWeight> all;
  for (const Wiring::Id id : wiring.ids()) {
    const Node& node = wiring.node(id);
    for (const Place& place : places_of_weights(node)) {
      const std::string name = input(node, place.input);
      const Tensor* tensor = float_constant(wiring, name);
      if (!tensor || tensor->rank() < 2 || tensor->size() < smallest || *place.axis >= tensor->rank()) continue;
      const bool matrix = !is_op(node, "MatMul") || tensor->rank() == 2;
      all.push_back({.reader = id, .input = place.input, .name = name, .tensor = *tensor, .axis = matrix ? place.axis : std::nullopt});
    }
  }
  return all;
}

Tensor by_channels(const StoredWeight& weight) {
  const std::size_t axis = weight.axis.value_or(0);
  std::vector<float> values(weight.tensor.floats().size());
  each_place(weight.tensor.shape(), axis, [&](std::size_t element, std::size_t place) { values[place] = weight.tensor.floats()[element]; });
  const std::int64_t channels = weight.tensor.dim(axis);
  return Tensor({channels, weight.tensor.size() / channels}, std::move(values));
}

Tensor from_channels(const Tensor& matrix, const StoredWeight& weight) {
  std::vector<float> values(matrix.floats().size());
  each_place(weight.tensor.shape(), weight.axis.value_or(0),
             [&](std::size_t element, std::size_t place) { values[element] = matrix.floats()[place]; });
  return Tensor(weight.tensor.shape(), std::move(values));
}

StoredQuantizer::StoredQuantizer(const Work& work, How how)
    : how_(std::move(how)), keep_(work.context.keep_float), wiring_(work.model), weights_(stored_weights(wiring_, how_.smallest)) {}

std::vector<QuantizedLayer> StoredQuantizer::layers() const {
  std::vector<QuantizedLayer> all;
  for (const StoredWeight& weight : weights_) {
    const Node& node = wiring_.node(weight.reader);
    all.push_back({layer_name(node), node.op, weight.name, how_.type(node), is_meant(node, keep_) ? "asked for" : ""});
  }
  return all;
}

Graph StoredQuantizer::written(const std::set<std::string>& layers) const {
  Wiring wiring = wiring_;
  for (const StoredWeight& weight : weights_)
    if (layers.contains(layer_name(wiring_.node(weight.reader)))) how_.store(wiring, weight);
  return wiring.finish();
}

std::string append(Wiring& wiring, Node node, const std::string& name) {
  const std::string output = wiring.fresh(name);
  node.name = output;
  node.outputs = {output};
  wiring.add(std::move(node), {});
  return output;
}

void read_instead(Wiring& wiring, const StoredWeight& weight, const std::string& value) {
  wiring.change(weight.reader, [&](Node& node) { node.inputs[weight.input] = value; });
}

}  // namespace upkeep::quantization
