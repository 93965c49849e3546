// What all reductions share. Their axes are an attribute in older operator sets, an input in newer ones.

#include <algorithm>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Value axes_value(const ForwardNode& node, Ops& ops) {
  const auto attribute = node.attribute<std::vector<std::int64_t>>("axes", {});
  if (attribute.empty()) return node.input(1);
  return ops.ints(attribute);
}

bool keeps_dimensions(const ForwardNode& node) { return node.attribute<std::int64_t>("keepdims", 1) != 0; }

// Sorted and not negative; nothing when only a run knows them.
std::optional<std::vector<std::int64_t>> known_axes(const ForwardNode& node, Ops& ops) {
  const Value axes = axes_value(node, ops);
  if (!axes || !node.input(0).rank_known()) return std::nullopt;
  auto list = constant_ints(ops, axes);
  if (!list) return std::nullopt;
  for (std::int64_t& axis : *list) axis = positive_axis(axis, node.input(0).rank());
  std::ranges::sort(*list);
  return list;
}

bool leading(const std::vector<std::int64_t>& axes) {
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (axes[i] != static_cast<std::int64_t>(i)) return false;
  return true;
}

// The product of the reduced dimensions when all of them are known.
std::optional<std::int64_t> known_count(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  if (!x.rank_known()) return std::nullopt;
  std::vector<std::int64_t> all(x.rank());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  const auto given = known_axes(node, ops);
  if (!given && axes_value(node, ops)) return std::nullopt;
  if (given && given->empty() && node.attribute<std::int64_t>("noop_with_empty_axes", 0) != 0) return 1;
  if (!given && node.attribute<std::int64_t>("noop_with_empty_axes", 0) != 0) return 1;
  std::int64_t count = 1;
  for (const std::int64_t axis : given && !given->empty() ? *given : all) {
    const Dim& dim = x.dims()[static_cast<std::size_t>(axis)];
    if (!dim.known()) return std::nullopt;
    count *= dim.value;
  }
  return count;
}

}  // namespace

Value spread(const ForwardNode& node, Ops& ops, Value reduced) {
  const Value axes = axes_value(node, ops);
  if (keeps_dimensions(node) || !axes || is_scalar(reduced)) return reduced;
  const auto known = known_axes(node, ops);
  if (known && leading(*known)) return reduced;  // broadcasting adds leading axes by itself
  return ops.node("Unsqueeze", {full(ops, reduced, node.output(0)), axes});
}

Value over_same_axes(const ForwardNode& node, Ops& ops, std::string_view op, Value value) {
  std::vector<Attribute> attributes{{"keepdims", std::int64_t{1}}};
  if (const auto noop = node.attribute<std::int64_t>("noop_with_empty_axes", 0)) attributes.push_back({"noop_with_empty_axes", noop});
  return ops.node(op, {value, axes_value(node, ops)}, std::move(attributes));
}

Value inverse_count(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  if (const auto count = known_count(node, ops)) return number(ops, 1.0 / static_cast<double>(*count), x.dtype());
  const Value size = ops.cast(ops.size(x), x.dtype());
  if (is_scalar(node.output(0))) return ops.reciprocal(size);
  return ops.div(ops.cast(ops.size(node.output(0)), x.dtype()), size);
}

// With s = 1 in the place of every 0, the product of the others' s is the group's divided by the own one. It is to be multiplied by the
// zeros among the others: by 1 when there is none, by that 0 itself (so that a second derivative finds it) when there is one.
Value product_of_others(Ops& ops, Value x, const std::function<Value(Value)>& product, const std::function<Value(Value)>& sum) {
  const DType dtype = x.dtype();
  const auto holds = [&](Value value, double what) { return ops.cast(ops.equal(value, number(ops, what, dtype)), dtype); };
  const Value zero = holds(x, 0);
  const Value s = ops.add(x, zero);
  const Value others = ops.div(product(s), s);
  const Value count = ops.sub(sum(zero), zero);
  const Value own = ops.mul(zero, x);
  const Value the_zero = ops.sub(sum(own), own);
  return ops.mul(others, ops.add(holds(count, 0), ops.mul(holds(count, 1), the_zero)));
}

}  // namespace upkeep::gradients
