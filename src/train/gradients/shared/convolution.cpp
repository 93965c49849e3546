// Which form is cheap was measured, on two cores (forward pass of 8x64x56x56 with 64 filters 3x3: 38 ms):
//   the weights   kernels up to 9 elements: one product with all windows side by side, 80 ms     (a swapped convolution: 240 ms)
//                 up to 27: a product per element, 17 ms for 8x32x28x28 and 5x5                  (32 ms swapped, 32 ms side by side)
//                 larger: a convolution of x by dL/dy, with strides and dilations swapped: 27 ms for 3 -> 64 channels, 7x7 / 2 (40 ms)
//   the input     at stride 1 a convolution with the flipped kernel costs what the forward pass does; ConvTranspose 1.4 times that

#include "train/gradients/shared/convolution.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace upkeep::gradients {
namespace {

using Numbers = std::vector<std::int64_t>;

constexpr std::int64_t kSideBySide = 9;
constexpr std::int64_t kElementByElement = 27;

Numbers joined_pads(const Numbers& a, const Numbers& b) {
  Numbers both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

Numbers spatial_axes(std::size_t count) {
  Numbers axes(count);
  std::iota(axes.begin(), axes.end(), 2);
  return axes;
}

bool all_at_least(const Numbers& values, std::int64_t low) {
  return std::ranges::all_of(values, [&](std::int64_t value) { return value >= low; });
}

// Exchanges two neighbouring axes.
Value swap_axes(Ops& ops, const Value& value, std::size_t first) {
  Numbers perm(value.rank());
  std::iota(perm.begin(), perm.end(), 0);
  std::swap(perm[first], perm[first + 1]);
  return ops.transpose(value, std::move(perm));
}

std::vector<Attribute> sliding_attributes(const Numbers& strides, const Numbers& dilations, const Numbers& pads, std::int64_t group) {
  std::vector<Attribute> attributes;
  const auto is_default = [](const Numbers& values, std::int64_t value) { return std::ranges::count(values, value) == std::ssize(values); };
  if (!is_default(strides, 1)) attributes.push_back({"strides", strides});
  if (!is_default(dilations, 1)) attributes.push_back({"dilations", dilations});
  if (!is_default(pads, 0)) attributes.push_back({"pads", pads});
  if (group != 1) attributes.push_back({"group", group});
  return attributes;
}

// [g * m, c, ...] -> [g * c, m, ...]
Value transpose_weights(Ops& ops, const Value& weights, std::int64_t group) {
  if (group == 1) return swap_axes(ops, weights, 0);
  const Value split = reshaped(ops, weights, Lengths(ops, Numbers{group, -1}).followed_by(sizes(ops, weights, 1)));
  const Value swapped = swap_axes(ops, split, 1);
  return reshaped(ops, swapped, Lengths(ops, Numbers{-1}).followed_by(sizes(ops, swapped, 2)));
}

Value flipped_kernel(Ops& ops, const Value& weights, const Numbers& kernel) {
  Numbers axes = spatial_axes(kernel.size());
  std::erase_if(axes, [&](std::int64_t axis) { return kernel[static_cast<std::size_t>(axis) - 2] == 1; });
  if (axes.empty()) return weights;
  const Numbers last(axes.size(), -1);
  const Numbers beyond_first(axes.size(), std::numeric_limits<std::int64_t>::min());
  return ops.node("Slice", {weights, ops.ints(last), ops.ints(beyond_first), ops.ints(axes), ops.ints(last)});
}

// [N, g * c, places...] -> [N, g, c, all places]; without groups [N, c, all places].
Value flat_places(Ops& ops, const Value& value, std::int64_t group) {
  const Value flat = value.rank() == 3 ? value : ops.reshape(value, Numbers{0, 0, -1});
  return group == 1 ? flat : reshaped(ops, flat, Lengths(ops, Numbers{0, group, -1}).followed_by(sizes(ops, flat, 2)));
}

// For each element k of the kernel, the place of `big` that each window sees with it.
class Windows {
 public:
  Windows(Ops& ops, const Sliding& sliding, const Value& big, const Value& small)
      : ops_(ops), sliding_(sliding), reach_((spatial(ops, small) - 1) * Lengths(ops, sliding.strides) + 1) {
    big_ = pad_spatial(ops, big, sliding.begin, sliding.behind(ops, small, big).at_least(0));
    next_.resize(sliding.strides.size());
    whole_ = sliding.unit_strides() && all_at_least(sliding.kernel.numbers(), 1) && element_count(sliding.kernel.numbers()) == 1;
  }

  Value take() {  // the elements in row-major order
    const Lengths starts = Lengths(ops_, next_) * Lengths(ops_, sliding_.dilations);
    advance();
    if (whole_) return big_;
    std::vector<Value> inputs{big_, starts.value(), (starts + reach_).value(), ops_.ints(spatial_axes(next_.size()))};
    if (!sliding_.unit_strides()) inputs.push_back(ops_.ints(sliding_.strides));
    return ops_.node("Slice", std::move(inputs));
  }

 private:
  void advance() {
    for (std::size_t i = next_.size(); i-- > 0;) {
      if (++next_[i] < sliding_.kernel.numbers()[i]) return;
      next_[i] = 0;
    }
  }

  Ops& ops_;
  const Sliding& sliding_;
  Lengths reach_;
  Value big_;
  Numbers next_;
  bool whole_;
};

// One filter (or `multiplier` of them) per channel: no sum over channels, so no matrix product.
Value correlate_depthwise(Ops& ops, const Sliding& sliding, const Value& big, const Value& small, const Value& weights_like) {
  const std::int64_t elements = element_count(sliding.kernel.numbers());
  const Value grad = flat_places(ops, small, sliding.group);  // [N, g, multiplier, places]
  Windows windows(ops, sliding, big, small);
  std::vector<Value> sums;
  for (std::int64_t k = 0; k < elements; ++k) {
    const Value seen = flat_places(ops, windows.take(), sliding.group);  // [N, g, 1, places]
    sums.push_back(ops.reduce_sum(ops.reduce_sum(ops.mul(grad, seen), {3}), {0}));
    if (elements > 1) sums.back() = ops.unsqueeze(sums.back(), {-1});
  }
  return reshape_like(ops, elements > 1 ? ops.concat(sums, -1) : sums[0], weights_like);
}

Value correlate_windows(Ops& ops, const Sliding& sliding, const Value& big, const Value& small, const Value& weights_like) {
  const Numbers& kernel = sliding.kernel.numbers();
  const std::int64_t elements = element_count(kernel);
  const std::int64_t together = elements <= kSideBySide ? elements : 1;
  const bool grouped = sliding.group != 1;
  const Value grad = flat_places(ops, small, sliding.group);  // [N, (g,) m, places]
  Windows windows(ops, sliding, big, small);
  std::vector<Value> products;
  for (std::int64_t k = 0; k < elements; k += together) {
    std::vector<Value> seen;
    for (std::int64_t i = 0; i < together; ++i) seen.push_back(flat_places(ops, windows.take(), sliding.group));
    const Value columns = seen.size() == 1 ? seen[0] : ops.concat(seen, grouped ? 2 : 1);
    products.push_back(ops.reduce_sum(ops.matmul(grad, swap_axes(ops, columns, grouped ? 2 : 1)), {0}));
  }
  const Value product = products.size() == 1 ? products[0] : ops.concat(products, -1);  // [(g,) m, elements * c]
  if (elements == 1) return reshape_like(ops, product, weights_like);
  Numbers split(grouped ? 2 : 1, 0);
  split.push_back(elements), split.push_back(-1);
  return reshape_like(ops, swap_axes(ops, ops.reshape(product, std::move(split)), grouped ? 2 : 1), weights_like);
}

// [N, g * c, ...] -> [c, g * N, ...]: channels become the batch, so that a convolution sums over the batch.
Value channels_first(Ops& ops, const Value& value, std::int64_t group) {
  if (group == 1) return swap_axes(ops, value, 0);
  const Value split = reshaped(ops, value, Lengths(ops, Numbers{0, group, -1}).followed_by(sizes(ops, value, 2)));
  Numbers perm(split.rank());
  std::iota(perm.begin(), perm.end(), 0);
  std::swap(perm[0], perm[2]);
  const Value swapped = ops.transpose(split, std::move(perm));
  return reshaped(ops, swapped, Lengths(ops, Numbers{0, -1}).followed_by(sizes(ops, swapped, 3)));
}

Value correlate_swapped(Ops& ops, const Sliding& sliding, const Value& big, const Value& small) {
  const Lengths behind = sliding.behind(ops, small, big);
  const bool direct = sliding.begin.known() && behind.known() && all_at_least(behind.numbers(), 0);
  const Numbers pads = direct ? joined_pads(sliding.begin.numbers(), behind.numbers()) : Numbers{};
  const Value images = channels_first(ops, direct ? big : pad_spatial(ops, big, sliding.begin, behind), sliding.group);
  const Value filters = swap_axes(ops, small, 0);
  const Value made = ops.node("Conv", {images, filters}, sliding_attributes(sliding.dilations, sliding.strides, pads, sliding.group));
  return swap_axes(ops, made, 0);
}

}  // namespace

// A window that ends before the last places sees them not: Conv rounds the number of windows down.
Value convolve(Ops& ops, const Sliding& sliding, Value big, Value weights, Value small_like) {
  const Lengths behind = sliding.behind(ops, small_like, big);
  bool direct = sliding.begin.known() && behind.known();
  for (std::size_t i = 0; direct && i < sliding.strides.size(); ++i) direct = -behind.numbers()[i] < sliding.strides[i];
  const Numbers pads = direct ? joined_pads(sliding.begin.numbers(), behind.at_least(0).numbers()) : Numbers{};
  const Value images = direct ? big : pad_spatial(ops, big, sliding.begin, behind);
  return ops.node("Conv", {images, weights}, sliding_attributes(sliding.strides, sliding.dilations, pads, sliding.group));
}

Value convolve_back(Ops& ops, const Sliding& sliding, Value small, Value weights, Value big_like) {
  const Lengths behind = sliding.behind(ops, small, big_like);
  const bool known = sliding.begin.known() && behind.known();
  if (known && sliding.unit_strides() && sliding.kernel.known()) {
    const Lengths before = sliding.extent(ops) - 1 - sliding.begin;
    const Lengths after = sliding.extent(ops) - 1 - behind;
    if (all_at_least(before.numbers(), 0) && all_at_least(after.numbers(), 0)) {
      const Value turned = flipped_kernel(ops, transpose_weights(ops, weights, sliding.group), sliding.kernel.numbers());
      const Numbers pads = joined_pads(before.numbers(), after.numbers());
      return ops.node("Conv", {small, turned}, sliding_attributes(sliding.strides, sliding.dilations, pads, sliding.group));
    }
  }
  bool direct = known;  // an output_padding is shorter than a stride
  for (std::size_t i = 0; direct && i < sliding.strides.size(); ++i) direct = -behind.numbers()[i] < sliding.strides[i];
  const Numbers pads = direct ? joined_pads(sliding.begin.numbers(), behind.at_least(0).numbers()) : Numbers{};
  auto attributes = sliding_attributes(sliding.strides, sliding.dilations, pads, sliding.group);
  if (!direct) return pad_spatial(ops, ops.node("ConvTranspose", {small, weights}, attributes), -sliding.begin, -behind);
  if (!all_at_least(behind.numbers(), 0)) attributes.push_back({"output_padding", (-behind).at_least(0).numbers()});
  return ops.node("ConvTranspose", {small, weights}, attributes);
}

Value correlate(Ops& ops, const Sliding& sliding, Value big, Value small, Value weights_like) {
  if (!sliding.kernel.known() || element_count(sliding.kernel.numbers()) > kElementByElement)
    return correlate_swapped(ops, sliding, big, small);
  const bool depthwise = sliding.group > 1 && weights_like.dims()[1].value == 1;
  return depthwise ? correlate_depthwise(ops, sliding, big, small, weights_like)
                   : correlate_windows(ops, sliding, big, small, weights_like);
}

Value conv_input_grad(Ops& ops, const Node& node, Value grad, Value x, Value w) {
  return convolve_back(ops, sliding_of(ops, node, x, grad, w), grad, w, x);
}

Value conv_weight_grad(Ops& ops, const Node& node, Value grad, Value x, Value w) {
  return correlate(ops, sliding_of(ops, node, x, grad, w), x, grad, w);
}

Value conv_bias_grad(Ops& ops, Value grad) {
  Numbers axes = spatial_axes(grad.rank() - 2);
  axes.insert(axes.begin(), 0);
  return ops.reduce_sum(grad, std::move(axes));
}

}  // namespace upkeep::gradients
