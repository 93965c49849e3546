#include "optimize/quantize/shared/rounding.hpp"

#include <cmath>

#include "base/cores.hpp"
#include "base/random.hpp"
#include "optimize/quantize/shared/observe.hpp"
#include "optimize/quantize/shared/stored.hpp"
#include "train/batches.hpp"

namespace upkeep::quantization {

namespace {

constexpr std::int64_t kMostWidth = 4096;
constexpr std::int64_t kPlaces = 4096;  // of a layer's inputs that are looked at
constexpr std::int64_t kRowsAtOnce = 16;
constexpr int kSweeps = 8;
constexpr double kRidge = 0.01;  // of the mean of H's diagonal, added to it: rows are a sample

// Where a convolution reads, along each axis of a picture.
struct ReadWindow {
  std::int64_t size = 1, stride = 1, dilation = 1, before = 0, places = 1;  // `before`: padding; `places`: of the output
};

std::vector<ReadWindow> windows_of(const Node& node, const Shape& weight, const Shape& picture) {
  const std::size_t axes = weight.size() - 2;
  const std::vector<std::int64_t> ones(axes, 1), zeros(2 * axes, 0);
  const auto strides = node.get("strides", ones), dilations = node.get("dilations", ones), pads = node.get("pads", zeros);
  const std::string automatic = node.get<std::string>("auto_pad", "NOTSET");
  std::vector<ReadWindow> all;
  for (std::size_t i = 0; i < axes; ++i) {
    ReadWindow one{.size = weight[i + 2], .stride = strides[i], .dilation = dilations[i]};
    const std::int64_t length = picture[i + 2], reach = one.dilation * (one.size - 1) + 1;
    std::int64_t padding = automatic == "NOTSET" ? pads[i] + pads[i + axes] : 0;
    if (automatic.starts_with("SAME"))
      padding = std::max<std::int64_t>(0, ((length + one.stride - 1) / one.stride - 1) * one.stride + reach - length);
    one.before = automatic == "NOTSET" ? pads[i] : automatic == "SAME_LOWER" ? (padding + 1) / 2 : padding / 2;
    one.places = (length + padding - reach) / one.stride + 1;
    all.push_back(one);
  }
  return all;
}

// The sums of one layer.
class LayerProducts {
 public:
  LayerProducts(const Node& node, const Tensor& weight, std::int64_t rows) : node_(node), shape_(weight.shape()), rows_(rows) {
    const bool picture = is_op(node, "Conv");
    const auto groups = static_cast<std::size_t>(picture ? node.get<std::int64_t>("group", 1) : 1);
    const std::int64_t axis = is_op(node, "Gemm") && node.get<std::int64_t>("transB", 0) != 0 ? 1 : 0;
    width_ = static_cast<std::size_t>(picture ? weight.size() / weight.dim(0) : weight.dim(static_cast<std::size_t>(axis)));
    products_.assign(groups, std::vector<float>(width_ * width_, 0));
  }

  void add(const Tensor& values) {
    if (values.dtype() != DType::kFloat32 || values.rank() < 2) return;
    if (is_op(node_, "Conv")) add_pictures(values);
    else add_rows(values);
  }

  InputProducts take() {
    for (std::vector<float>& one : products_) {
      double mean = 0;
      for (std::size_t i = 0; i < width_; ++i) {
        for (std::size_t j = 0; j < i; ++j) one[j * width_ + i] = one[i * width_ + j];
        mean += static_cast<double>(one[i * width_ + i]) / static_cast<double>(width_);
      }
      for (std::size_t i = 0; i < width_; ++i) one[i * width_ + i] += static_cast<float>(kRidge * mean);
    }
    return std::move(products_);
  }

 private:
  void add_one(std::span<const float> x, std::vector<float>& products) const {
    for (std::size_t i = 0; i < width_; ++i) {
      if (x[i] == 0) continue;
      float* const row = products.data() + i * width_;
      for (std::size_t j = 0; j <= i; ++j) row[j] += x[i] * x[j];
    }
  }

  void add_rows(const Tensor& values) {
    const std::size_t count = static_cast<std::size_t>(values.size()) / width_;
    const auto all = static_cast<std::size_t>(rows_) * count / static_cast<std::size_t>(values.dim(0));
    const std::size_t stride = std::max<std::size_t>(1, all / kPlaces);
    for (std::size_t i = 0; i < count; i += stride) add_one(values.floats().subspan(i * width_, width_), products_[0]);
  }

  void add_pictures(const Tensor& values) {
    const std::vector<ReadWindow> windows = windows_of(node_, shape_, values.shape());
    std::int64_t places = 1;
    for (const ReadWindow& one : windows) places *= one.places;
    const std::int64_t each = std::min(places, std::max<std::int64_t>(1, kPlaces / rows_));
    for (std::int64_t row = 0; row < values.dim(0); ++row)
      for (std::int64_t i = 0; i < each; ++i)
        add_place(values, windows, row, each == places ? i : static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(places))));
  }

  void add_place(const Tensor& values, const std::vector<ReadWindow>& windows, std::int64_t row, std::int64_t place) {
    std::vector<std::int64_t> start(windows.size());
    for (std::size_t axis = windows.size(); axis-- > 0; place /= windows[axis].places)
      start[axis] = place % windows[axis].places * windows[axis].stride - windows[axis].before;
    const std::size_t taps = width_ / static_cast<std::size_t>(shape_[1]);
    std::vector<float> x(width_);
    for (std::size_t group = 0; group < products_.size(); ++group) {
      for (std::size_t i = 0; i < width_; ++i) {
        const auto channel = static_cast<std::int64_t>(group) * shape_[1] + static_cast<std::int64_t>(i / taps);
        x[i] = element(values, windows, start, row * values.dim(1) + channel, static_cast<std::int64_t>(i % taps));
      }
      add_one(x, products_[group]);
    }
  }

  // What a tap of the window reads of a plane; 0 in the padding.
  static float element(const Tensor& values, const std::vector<ReadWindow>& windows, const std::vector<std::int64_t>& start,
                       std::int64_t plane, std::int64_t tap) {
    std::int64_t offset = 0, step = 1;
    for (std::size_t axis = windows.size(); axis-- > 0;) {
      const ReadWindow& window = windows[axis];
      const std::int64_t length = values.dim(axis + 2), at = start[axis] + tap % window.size * window.dilation;
      if (at < 0 || at >= length) return 0;
      offset += at * step;
      step *= length;
      tap /= window.size;
    }
    return values.floats()[static_cast<std::size_t>(plane * step + offset)];
  }

  const Node node_;
  const Shape shape_;
  std::int64_t rows_;
  std::size_t width_ = 0;
  InputProducts products_;
  Random random_{1};
};

// Flips of one channel's weights.
class Descent {
 public:
  Descent(const RoundedMatrix& matrix, const std::vector<float>& products, std::int64_t channel)
      : matrix_(matrix),
        products_(products),
        channel_(channel),
        width_(static_cast<std::size_t>(matrix.width)),
        error_(width_),
        gradient_(width_, 0) {}

  void run() {
    for (std::size_t i = 0; i < width_; ++i) {
      const Parameters one = parameters(i);
      error_[i] = static_cast<float>(integer(i) - one.zero_point) * one.scale - matrix_.weights[place(i)];
      add_to_gradient(i, error_[i]);
    }
    for (int sweep = 0; sweep < kSweeps; ++sweep)
      if (!flip_what_helps()) return;
  }

 private:
  bool flip_what_helps() {
    bool flipped = false;
    for (std::size_t i = 0; i < width_; ++i) {
      const std::int64_t other = integer(i) + (error_[i] > 0 ? -1 : 1);
      if (error_[i] == 0 || other < matrix_.range.low || other > matrix_.range.high) continue;
      const float change = static_cast<float>(other - integer(i)) * parameters(i).scale;
      const float curvature = products_[i * width_ + i];
      if (2 * gradient_[i] * change + change * change * curvature >= -1e-6F * change * change * curvature) continue;
      integer(i) = other;
      error_[i] += change;
      add_to_gradient(i, change);
      flipped = true;
    }
    return flipped;
  }

  void add_to_gradient(std::size_t i, float change) {
    const float* const row = products_.data() + i * width_;
    for (std::size_t j = 0; j < width_; ++j) gradient_[j] += change * row[j];
  }

  std::size_t place(std::size_t i) const { return static_cast<std::size_t>(channel_) * width_ + i; }
  std::int64_t& integer(std::size_t i) { return matrix_.integers[place(i)]; }
  Parameters parameters(std::size_t i) const { return matrix_.parameters(channel_, static_cast<std::int64_t>(i)); }

  const RoundedMatrix& matrix_;
  const std::vector<float>& products_;
  std::int64_t channel_;
  std::size_t width_;
  std::vector<float> error_;     // d
  std::vector<float> gradient_;  // H d
};

bool has_products(const Wiring& wiring, const Node& node) {
  const Tensor* weight = node.inputs.size() > 1 ? float_constant(wiring, node.inputs[1]) : nullptr;
  if (!weight) return false;
  if (is_op(node, "Conv")) return weight->rank() > 2 && weight->size() / weight->dim(0) <= kMostWidth;
  if (is_op(node, "Gemm") && node.get<std::int64_t>("transA", 0) != 0) return false;
  return (is_op(node, "Gemm") || is_op(node, "MatMul")) && weight->rank() == 2 && std::ranges::max(weight->shape()) <= kMostWidth;
}

}  // namespace

std::map<std::string, InputProducts> input_products(const Model& model, const Wiring& wiring, const std::vector<Wiring::Id>& layers,
                                                    const Tensors& rows, int threads) {
  std::map<std::string, std::pair<std::string, LayerProducts>> sums;  // by weight: the value that the layer reads
  std::vector<std::string> read;
  for (const Wiring::Id id : layers) {
    const Node& node = wiring.node(id);
    if (!has_products(wiring, node) || sums.contains(node.inputs[1])) continue;
    sums.emplace(node.inputs[1], std::pair(node.inputs[0], LayerProducts(node, *wiring.constant(node.inputs[1]), row_count(rows))));
    read.push_back(node.inputs[0]);
  }
  const Session session(with_outputs(model, read), {.threads = threads});
  run_in_batches(session, rows, kRowsAtOnce, [&](const Tensors& inputs, const Tensors& outputs, std::int64_t) {
    std::vector<std::pair<std::string, LayerProducts>*> each;
    for (auto& [weight, one] : sums) each.push_back(&one);
    const auto add = [&](std::size_t i) {
      const auto made = outputs.find(each[i]->first);
      each[i]->second.add(made == outputs.end() ? inputs.at(each[i]->first) : made->second);
    };
    in_parallel(each.size(), add, threads_or_cores(threads));
  });
  std::map<std::string, InputProducts> made;
  for (auto& [weight, one] : sums) made.emplace(weight, one.second.take());
  return made;
}

void round_by_products(const RoundedMatrix& matrix, const InputProducts& products) {
  const auto groups = static_cast<std::int64_t>(products.size());
  in_parallel(static_cast<std::size_t>(matrix.channels), [&](std::size_t channel) {
    const auto at = static_cast<std::int64_t>(channel);
    Descent(matrix, products[static_cast<std::size_t>(at * groups / matrix.channels)], at).run();
  });
}

void round_by_products(QuantizedWeight& rounded, const Tensor& weight, std::size_t axis, IntegerRange range,
                       const InputProducts& products) {
  const StoredWeight floats{.name = {}, .tensor = weight, .axis = axis};
  const StoredWeight whole{.name = {}, .tensor = rounded.values.cast(DType::kFloat32), .axis = axis};
  const Tensor matrix = by_channels(floats), before = by_channels(whole);
  std::vector<std::int64_t> integers(before.floats().begin(), before.floats().end());
  round_by_products({.channels = matrix.dim(0),
                     .width = matrix.dim(1),
                     .weights = matrix.floats(),
                     .integers = integers,
                     .parameters =
                         [&](std::int64_t channel, std::int64_t) {
                           const std::size_t at = rounded.axis ? static_cast<std::size_t>(channel) : 0;
                           return Parameters{rounded.scales[at], rounded.zero_points[at]};
                         },
                     .range = range},
                    products);
  const Tensor after(matrix.shape(), std::vector<float>(integers.begin(), integers.end()));
  rounded.values = from_channels(after, floats).cast(rounded.values.dtype());
}

}  // namespace upkeep::quantization
