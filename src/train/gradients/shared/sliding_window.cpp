#include "train/gradients/shared/sliding_window.hpp"

#include <algorithm>

namespace upkeep::gradients {
namespace {

using Numbers = std::vector<std::int64_t>;

Numbers attribute_or(const Node& node, std::string_view name, std::size_t count, std::int64_t fallback) {
  Numbers values = node.get<Numbers>(name, {});
  if (values.empty()) values.assign(count, fallback);
  return values;
}

Lengths kernel_of(Ops& ops, const Node& node, const Value& weights) {
  const Numbers given = node.get<Numbers>("kernel_shape", {});
  return given.empty() ? spatial(ops, weights) : Lengths(ops, given);
}

Sliding without_padding(Ops& ops, const Node& node, const Value& x, const Value& weights) {
  const std::size_t axes = x.rank() - 2;
  return {.strides = attribute_or(node, "strides", axes, 1),
          .dilations = attribute_or(node, "dilations", axes, 1),
          .kernel = kernel_of(ops, node, weights),
          .begin = Lengths(ops, Numbers(axes, 0)),
          .end = std::nullopt,
          .group = node.get<std::int64_t>("group", 1)};
}

void take_pads(Ops& ops, const Node& node, Sliding& sliding) {
  const std::size_t axes = sliding.strides.size();
  Numbers pads(2 * axes, 0);
  if (node.get<std::string>("auto_pad", "NOTSET") != "VALID") pads = attribute_or(node, "pads", 2 * axes, 0);
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(axes);
  sliding.begin = Lengths(ops, Numbers(pads.begin(), middle));
  sliding.end = Lengths(ops, Numbers(middle, pads.end()));
}

bool pads_alike(const Node& node) { return node.get<std::string>("auto_pad", "NOTSET").starts_with("SAME"); }

// An odd one goes behind with SAME_UPPER, before otherwise.
void share_out(const Node& node, const Lengths& total, Sliding& sliding) {
  const bool upper = node.get<std::string>("auto_pad", "NOTSET") == "SAME_UPPER";
  sliding.begin = upper ? total.half() : total - total.half();
}

}  // namespace

template <typename Function>
Lengths Lengths::combine(const Lengths& a, const Lengths& b, std::string_view op, Function function) {
  if (!a.numbers_ || !b.numbers_) return Lengths(*a.ops_, a.ops_->node(op, {a.value(), b.value()}));
  Numbers made;
  for (std::size_t i = 0; i < a.numbers_->size(); ++i) made.push_back(function((*a.numbers_)[i], b.numbers_->at(i)));
  return Lengths(*a.ops_, std::move(made));
}

// Against a vector of unknown length one number is enough: it broadcasts.
Lengths Lengths::repeated(std::int64_t number) const { return Lengths(*ops_, Numbers(numbers_ ? numbers_->size() : 1, number)); }

Lengths operator+(const Lengths& a, const Lengths& b) { return Lengths::combine(a, b, "Add", std::plus<>()); }
Lengths operator-(const Lengths& a, const Lengths& b) { return Lengths::combine(a, b, "Sub", std::minus<>()); }
Lengths operator*(const Lengths& a, const Lengths& b) { return Lengths::combine(a, b, "Mul", std::multiplies<>()); }
Lengths Lengths::half() const { return combine(*this, repeated(2), "Div", std::divides<>()); }
Lengths Lengths::at_least(std::int64_t low) const {
  return combine(*this, repeated(low), "Max", [](std::int64_t a, std::int64_t b) { return std::max(a, b); });
}

Lengths Lengths::followed_by(const Lengths& other) const {
  if (!numbers_ || !other.numbers_) return Lengths(*ops_, ops_->concat({value(), other.value()}, 0));
  Numbers both = *numbers_;
  both.insert(both.end(), other.numbers_->begin(), other.numbers_->end());
  return Lengths(*ops_, std::move(both));
}

Lengths sizes(Ops& ops, Value value, std::size_t from) {
  const Dims& dims = value.dims();
  Numbers known;
  for (std::size_t i = from; i < dims.size(); ++i) {
    if (!dims[i].known()) {
      const auto end = static_cast<std::int64_t>(dims.size());
      return Lengths(ops, ops.node("Slice", {ops.shape(value), ops.ints({static_cast<std::int64_t>(from)}), ops.ints({end})}));
    }
    known.push_back(dims[i].value);
  }
  return Lengths(ops, std::move(known));
}

Value reshaped(Ops& ops, Value value, const Lengths& dims) { return ops.reshape(value, dims.value()); }

Value pad_spatial(Ops& ops, Value value, const Lengths& before, const Lengths& behind) {
  const auto nothing = [](const Lengths& amounts) {
    return amounts.known() && std::ranges::count(amounts.numbers(), 0) == std::ssize(amounts.numbers());
  };
  if (nothing(before) && nothing(behind)) return value;
  const Lengths none(ops, Numbers{0, 0});
  return ops.node("Pad", {value, none.followed_by(before).followed_by(none).followed_by(behind).value()});
}

Lengths Sliding::extent(Ops& ops) const { return (kernel - 1) * Lengths(ops, dilations) + 1; }

Lengths Sliding::behind(Ops& ops, Value small, Value big) const {
  if (unit_strides() && end) return *end;  // whatever the sizes
  return (spatial(ops, small) - 1) * Lengths(ops, strides) + extent(ops) - begin - spatial(ops, big);
}

bool Sliding::unit_strides() const { return std::ranges::count(strides, 1) == std::ssize(strides); }

Sliding sliding_of(Ops& ops, const Node& node, Value x, Value y, Value weights) {
  Sliding sliding = without_padding(ops, node, x, weights);
  if (!pads_alike(node)) {
    take_pads(ops, node, sliding);
    if (node.get<std::int64_t>("ceil_mode", 0) != 0) sliding.end.reset();  // the last window may reach further
    return sliding;
  }
  const Lengths total = sliding.unit_strides() ? sliding.extent(ops) - 1 : sliding.behind(ops, y, x).at_least(0);
  share_out(node, total, sliding);
  if (sliding.unit_strides()) sliding.end = total - sliding.begin;
  return sliding;
}

// With output_shape, and with SAME (whose output is stride times its input), what sticks out beyond the output is cut off at both ends.
Sliding transposed_sliding_of(Ops& ops, const Node& node, Value x, Value y, Value weights) {
  Sliding sliding = without_padding(ops, node, x, weights);
  if (!pads_alike(node) && !node.find("output_shape")) {
    take_pads(ops, node, sliding);
    sliding.end.reset();  // output_padding takes from it
    return sliding;
  }
  const Lengths more(ops, attribute_or(node, "output_padding", x.rank() - 2, 0));
  share_out(node, (sliding.behind(ops, x, y) + more).at_least(0), sliding);
  return sliding;
}

}  // namespace upkeep::gradients
