// y = w * columns + b, where columns[n, c, k, p] = mask[n, k, p] * x[n, c] read at p * stride + k * dilation - pad + offset[n, k, p]
// (Zhu et al., Deformable ConvNets v2, 2019)
//
// All gradients follow: of x and the offsets through the reading between pixels, of w and the mask through the products.

#include "train/gradients/shared/expansion.hpp"
#include "train/gradients/shared/sampling.hpp"
#include "train/gradients/shared/sliding_window.hpp"

namespace upkeep::gradients {
namespace {

using Numbers = std::vector<std::int64_t>;

class Deformed {
 public:
  Deformed(const ForwardNode& node, Ops& ops, const std::vector<Value>& inputs)
      : ops_(ops),
        inputs_(inputs),
        sliding_(sliding_of(ops, node.node(), inputs[0], node.output(0), inputs[1])),
        places_(spatial(ops, inputs[2])),
        offset_groups_(node.attribute<std::int64_t>("offset_group", 1)) {}

  Value result(const Value& like) {
    const Value flat = ops_.reshape(reshaped(ops_, columns(), Lengths(ops_, Numbers{0, -1}).followed_by(places_)), {0, 0, -1});
    const Value grouped = reshaped(ops_, flat, Lengths(ops_, Numbers{0, sliding_.group, -1}).followed_by(sizes(ops_, flat, 2)));
    const Value split = reshaped(ops_, inputs_[1], Lengths(ops_, Numbers{sliding_.group, -1}).followed_by(sizes(ops_, inputs_[1], 1)));
    const Value product = reshape_like(ops_, ops_.matmul(ops_.reshape(split, {0, 0, -1}), grouped), like);
    const bool biased = inputs_.size() > 3 && inputs_[3];
    return biased ? ops_.add(product, ops_.unsqueeze(inputs_[3], {1, 2})) : product;
  }

 private:
  // [N, offset groups, channels of one, kernel, places]
  Value columns() {
    const Value x = inputs_[0];
    const Value split = reshaped(ops_, x, Lengths(ops_, Numbers{0, offset_groups_, -1}).followed_by(spatial(ops_, x)));
    const Value images = reshaped(ops_, split, Lengths(ops_, Numbers{-1}).followed_by(sizes(ops_, split, 2)));
    const std::vector<Value> lengths{axis_length(ops_, x, 2), axis_length(ops_, x, 3)};
    const Value starts = ops_.reshape(ops_.mul(count_to(ops_, axis_length(ops_, images, 0)), ops_.mul(lengths[0], lengths[1])),
                                      {-1, offset_groups_, 1, 1, 1, 1});
    const Value offset = reshaped(ops_, inputs_[2], per_element({2}));  // [N, offset groups, kernel, 2, places]
    std::vector<Taps> taps;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const Value moved = ops_.gather(offset, ops_.constant(Tensor::scalar(static_cast<std::int64_t>(axis))), 4);
      taps.push_back(taps_of(ops_, "linear", ops_.add(moved, undeformed(axis)), lengths[axis], Outside::kZero));
    }
    Value read = sampled(ops_, pixel_rows(ops_, images), starts, lengths, taps);
    if (inputs_.size() > 4 && inputs_[4]) read = ops_.mul(read, ops_.unsqueeze(reshaped(ops_, inputs_[4], per_element({})), {-1}));
    return ops_.transpose(read, {0, 1, 6, 2, 3, 4, 5});
  }

  Lengths per_element(const Numbers& more) const {
    const Lengths front = Lengths(ops_, Numbers{0, offset_groups_}).followed_by(sliding_.kernel);
    return (more.empty() ? front : front.followed_by(Lengths(ops_, more))).followed_by(places_);
  }

  // Against [kernel rows, kernel columns, rows, columns].
  Value undeformed(std::size_t axis) {
    const DType dtype = inputs_[0].dtype();
    const auto steps = [&](const Lengths& counts, std::int64_t step) {
      const Value count = ops_.gather(counts.value(), ops_.constant(Tensor::scalar(static_cast<std::int64_t>(axis))), 0);
      return ops_.mul(ops_.cast(count_to(ops_, count), dtype), static_cast<float>(step));
    };
    const Value element = steps(sliding_.kernel, sliding_.dilations[axis]);
    const Value place = ops_.sub(steps(places_, sliding_.strides[axis]), static_cast<float>(sliding_.begin.numbers()[axis]));
    if (axis == 0) return ops_.add(ops_.unsqueeze(element, {1, 2, 3}), ops_.unsqueeze(place, {1}));
    return ops_.add(ops_.unsqueeze(element, {1, 2}), place);
  }

  Ops& ops_;
  const std::vector<Value>& inputs_;
  Sliding sliding_;
  Lengths places_;
  std::int64_t offset_groups_;
};

Grads deform_conv(const ForwardNode& node, Ops& ops) {
  return by_expansion(node, ops, [&](Ops& inner, const std::vector<Value>& inputs) {
    return std::vector<Value>{Deformed(node, inner, inputs).result(node.output(0))};
  });
}

}  // namespace

void add_deform_conv(GradientCatalog& catalog) {
  catalog.add({.name = "DeformConv",
               .aliases = {},
               .help = "of x and the offset through reading between pixels, of w as Conv",
               .rule = deform_conv});
}

}  // namespace upkeep::gradients
