// Source of the layouts: preprocess_weights_for_loading() of Keras 2.3 and 2.15.

#include "convert/formats/shared/keras_layouts.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "graph/permutation.hpp"
#include "layers/view/nested.hpp"

namespace upkeep::formats {

namespace {

using Order = std::vector<std::int64_t>;

const Tensor& at(const NamedTensors& tensors, std::size_t place) {
  if (place >= tensors.size())
    throw Error(ErrorCode::kCorrupt, upkeep::format("the file has {} weights of it, and not number {}", tensors.size(), place));
  return tensors[place].second;
}

// Matrices side by side, or vectors one behind the other.
Tensor joined(const NamedTensors& tensors, const std::vector<std::size_t>& places) {
  const Tensor& first = at(tensors, places[0]);
  const std::int64_t rows = first.rank() == 2 ? first.dim(0) : 1;
  std::vector<float> values;
  std::int64_t columns = 0;
  for (const std::size_t place : places) {
    const Tensor& part = at(tensors, place);
    if (part.rank() != first.rank() || part.rank() == 0 || (part.rank() == 2 && part.dim(0) != rows) || part.rank() > 2)
      throw Error(ErrorCode::kCorrupt,
                  upkeep::format("gates of shapes {} and {} do not go together", to_string(first.shape()), to_string(part.shape())));
    columns += part.shape().back();
  }
  for (std::int64_t row = 0; row < rows; ++row)
    for (const std::size_t place : places) {
      const Tensor part = tensors[place].second.cast(DType::kFloat32);
      const auto width = static_cast<std::size_t>(part.shape().back());
      const std::span<const float> one = part.floats().subspan(static_cast<std::size_t>(row) * width, width);
      values.insert(values.end(), one.begin(), one.end());
    }
  return Tensor(first.rank() == 2 ? Shape{rows, columns} : Shape{columns}, std::move(values));
}

// Kernel, state and bias of each gate, one gate after the other, in the order `gates` of Keras 2.
NamedTensors joined_gates(const NamedTensors& tensors, const std::vector<std::size_t>& gates) {
  NamedTensors made;
  for (const auto& [name, offset] : {std::pair<const char*, std::size_t>{"kernel", 0}, {"recurrent_kernel", 1}, {"bias", 2}}) {
    std::vector<std::size_t> places;
    for (const std::size_t gate : gates) places.push_back(3 * gate + offset);
    made.emplace_back(name, joined(tensors, places));
  }
  return made;
}

void reorder(NamedTensors& tensors, const Order& order) {
  if (tensors.empty() || tensors[0].second.rank() != order.size()) return;
  tensors[0].second = permuted(tensors[0].second, order);
}

// [length, 1, channels, filters], or [filters, channels, length, 1] of Theano's order, as [length, channels, filters].
void reorder_conv1d(const LayerSpec& layer, NamedTensors& tensors) {
  if (tensors.empty() || tensors[0].second.rank() != 4) return;
  Tensor kernel = tensors[0].second;
  const std::int64_t filters = layer.settings.value("filters", Json(0)).get<std::int64_t>();
  if (kernel.dim(1) != 1 || kernel.dim(3) != filters) kernel = permuted(kernel, {2, 3, 1, 0});
  tensors[0].second = kernel.reshaped({kernel.dim(0), kernel.dim(2), kernel.dim(3)});
}

using Convert = NamedTensors (*)(const LayerSpec& layer, NamedTensors tensors);

bool has_inner(const LayerSpec& layer) { return layer.kind == "time_distributed" || layer.kind == "bidirectional"; }

// The weights of the layers within a layer.
NamedTensors of_inner(const LayerSpec& layer, NamedTensors tensors, Convert convert) {
  const LayerSpec inner = layers::read_nested(layer.settings.at("layer"));
  if (layer.kind == "time_distributed") return convert(inner, std::move(tensors));
  const Json backward = layer.settings.value("backward_layer", Json(nullptr));
  const auto half = tensors.begin() + static_cast<std::ptrdiff_t>(tensors.size() / 2);
  NamedTensors all = convert(inner, NamedTensors(tensors.begin(), half));
  for (auto& tensor : convert(backward.is_null() ? inner : layers::read_nested(backward), NamedTensors(half, tensors.end())))
    all.push_back(std::move(tensor));
  return all;
}

// Each gate's block of [inputs, gates units] holds the values of [units, inputs].
Tensor turned_gates(const Tensor& matrix, std::int64_t gates) {
  const std::int64_t inputs = matrix.dim(0);
  const std::int64_t units = matrix.dim(1) / gates;
  const Tensor blocks = permuted(matrix.cast(DType::kFloat32).reshaped({inputs, gates, units}), {1, 0, 2});
  return permuted(blocks.reshaped({gates, units, inputs}), {2, 0, 1}).reshaped(matrix.shape());
}

Tensor sum_of_halves(const Tensor& bias) {
  const Tensor whole = bias.cast(DType::kFloat32);
  const std::span<const float> values = whole.floats();
  std::vector<float> sums(values.size() / 2);
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = values[i] + values[sums.size() + i];
  return Tensor({bias.size() / 2}, std::move(sums));
}

}  // namespace

NamedTensors weights_of_keras_one(const LayerSpec& layer, NamedTensors tensors) {
  const bool first = layer.settings.value("data_format", Json("channels_last")) == "channels_first";
  if (has_inner(layer)) return of_inner(layer, std::move(tensors), weights_of_keras_one);
  if (layer.kind == "lstm" && tensors.size() == 12) return joined_gates(tensors, {0, 2, 1, 3});  // it kept i c f o
  if (layer.kind == "gru" && tensors.size() == 9) return joined_gates(tensors, {0, 1, 2});
  if (layer.kind == "conv1d") reorder_conv1d(layer, tensors);
  if (layer.kind == "conv2d" && first) reorder(tensors, {2, 3, 1, 0});
  if (layer.kind == "conv2d_transpose") reorder(tensors, first ? Order{2, 3, 0, 1} : Order{0, 1, 3, 2});
  if (layer.kind == "conv3d" && first) reorder(tensors, {2, 3, 4, 1, 0});
  return tensors;
}

NamedTensors weights_of_theano(const LayerSpec& layer, NamedTensors tensors) {
  if (has_inner(layer)) return of_inner(layer, std::move(tensors), weights_of_theano);
  static const std::vector<std::string> kTurned = {"conv1d", "conv2d", "conv3d", "conv2d_transpose"};
  if (!std::ranges::contains(kTurned, layer.kind) || tensors.empty() || tensors[0].second.rank() < 3) return tensors;
  const Tensor kernel = tensors[0].second.cast(DType::kFloat32);
  const std::int64_t block = kernel.dim(kernel.rank() - 1) * kernel.dim(kernel.rank() - 2);  // of one place of the window
  const std::span<const float> values = kernel.floats();
  std::vector<float> turned(values.size());
  const std::int64_t places = block == 0 ? 0 : kernel.size() / block;
  for (std::int64_t place = 0; place < places; ++place)  // all axes of the window turned round: the places in the opposite order
    std::ranges::copy(values.subspan(static_cast<std::size_t>((places - 1 - place) * block), static_cast<std::size_t>(block)),
                      turned.begin() + static_cast<std::ptrdiff_t>(place * block));
  tensors[0].second = Tensor(kernel.shape(), std::move(turned));
  return tensors;
}

NamedTensors weights_of_cudnn(const LayerSpec& layer, NamedTensors tensors) {
  if (has_inner(layer)) return of_inner(layer, std::move(tensors), weights_of_cudnn);
  const std::int64_t gates = layer.kind == "lstm" ? 4 : layer.kind == "gru" ? 3 : 0;
  const std::int64_t columns = gates == 0 ? 0 : gates * layer.settings.at("units").get<std::int64_t>();
  if (columns == 0 || tensors.size() != 3 || tensors[2].second.shape() != Shape{2 * columns}) return tensors;  // LSTM and GRU have fewer
  for (Tensor* matrix : {&tensors[0].second, &tensors[1].second}) {
    if (matrix->rank() != 2 || matrix->dim(1) != columns)
      throw Error(ErrorCode::kCorrupt,
                  upkeep::format("a matrix of shape {} has no {} gates of {}", to_string(matrix->shape()), gates, columns / gates));
    *matrix = turned_gates(*matrix, gates);
  }
  tensors[2].second = layer.kind == "lstm" ? sum_of_halves(tensors[2].second) : tensors[2].second.reshaped({2, columns});
  return tensors;
}

}  // namespace upkeep::formats
