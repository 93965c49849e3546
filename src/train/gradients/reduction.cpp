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

Value sum_over_same_axes(const ForwardNode& node, Ops& ops, Value value) {
  std::vector<Attribute> attributes{{"keepdims", std::int64_t{1}}};
  if (const auto noop = node.attribute<std::int64_t>("noop_with_empty_axes", 0)) attributes.push_back({"noop_with_empty_axes", noop});
  return ops.node("ReduceSum", {value, axes_value(node, ops)}, std::move(attributes));
}

Value inverse_count(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  if (const auto count = known_count(node, ops)) return number(ops, 1.0 / static_cast<double>(*count), x.dtype());
  const Value size = ops.cast(ops.size(x), x.dtype());
  if (is_scalar(node.output(0))) return ops.reciprocal(size);
  return ops.div(ops.cast(ops.size(node.output(0)), x.dtype()), size);
}

}  // namespace upkeep::gradients
