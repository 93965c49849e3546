#include "layers/shared/window.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/settings.hpp"

namespace upkeep::layers {

Json ones(std::size_t axes) { return Json(std::vector<std::int64_t>(axes, 1)); }

Error wrong_spatial_axes(const Dims& input, std::size_t axes) {
  return Error(ErrorCode::kInvalidArgument,
               upkeep::format("it expects an input of {} axes, {} of them spatial, got {}", axes + 2, axes, to_string(input)));
}

Sizes read_sizes(std::string_view setting, const Json& value, std::size_t axes, std::int64_t least) {
  return in_context(std::string(setting), [&] {
    Sizes sizes = from_json_checked<Sizes>(value);
    if (!value.is_array()) sizes.resize(axes, sizes[0]);
    if (sizes.size() != axes)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} has {} numbers", value.dump(), sizes.size()),
                  upkeep::format("one number, or a list of {}", axes));
    for (const std::int64_t size : sizes)
      if (size < least || size > (1 << 24))
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} is outside [{}, {}]", size, least, 1 << 24));
    return sizes;
  });
}

std::int64_t Window::output_size(std::size_t axis, std::int64_t n) const {
  const std::int64_t around = padding == "causal" ? extent(axis) - 1 : 0;
  if (padding == "same") return (n + strides[axis] - 1) / strides[axis];
  if (n + around < extent(axis))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("a window of {} does not fit into {} elements", extent(axis), n),
                "make it smaller, or use padding: same");
  return (n + around - extent(axis)) / strides[axis] + 1;
}

std::optional<Padding> padding(const Window& window, std::size_t axis, const Dim& n) {
  const std::int64_t extent = window.extent(axis);
  if (window.padding == "valid") return Padding{};
  if (window.padding == "causal") return Padding{extent - 1, 0};
  const std::int64_t stride = window.strides[axis];
  if (!n.known() && stride > 1) return std::nullopt;
  const std::int64_t total =
      stride == 1 ? extent - 1 : std::max<std::int64_t>((window.output_size(axis, n.value) - 1) * stride + extent - n.value, 0);
  return Padding{total / 2, total - total / 2};
}

namespace {

// "same" for sizes that only the data knows: the formula above in int64 vectors, before and after.
std::pair<Value, Value> same_pads(Ops& ops, const Value& x, const Window& window) {
  const std::size_t axes = window.size.size();
  Sizes positions, extents, last;
  for (std::size_t i = 0; i < axes; ++i) {
    positions.push_back(static_cast<std::int64_t>(i) + 2);
    extents.push_back(window.extent(i));
    last.push_back(window.strides[i] - 1);
  }
  const Value n = ops.gather(ops.shape(x), ops.ints(positions), 0);
  const Value strides = ops.ints(window.strides);
  const Value out = ops.div(ops.add(n, ops.ints(last)), strides);
  const Value covered = ops.add(ops.mul(ops.sub(out, ops.ints(Sizes(axes, 1))), strides), ops.ints(extents));
  const Value total = ops.max(ops.sub(covered, n), ops.ints(Sizes(axes, 0)));
  const Value before = ops.div(total, ops.ints(Sizes(axes, 2)));
  return {before, ops.sub(total, before)};
}

}  // namespace

Padded padded(Ops& ops, const Value& x, const Window& window, float fill) {
  const std::size_t axes = window.size.size();
  Padded result{.x = x, .pads = std::vector<std::int64_t>(2 * axes, 0)};
  for (std::size_t i = 0; i < axes; ++i) {
    const Dim& n = x.dims()[i + 2];
    if (n.known()) window.output_size(i, n.value);
    const std::optional<Padding> around = padding(window, i, n);
    result.by_graph = result.by_graph || !around;
    result.pads[i] = around ? around->before : 0;
    result.pads[i + axes] = around ? around->after : 0;
  }
  if (!result.by_graph) return result;
  result.pads.assign(2 * axes, 0);
  const auto [before, after] = same_pads(ops, x, window);
  result.x = pad_axes(ops, x, 2, before, after, fill);
  return result;
}

Value pad_axes(Ops& ops, const Value& x, std::size_t first, const Value& before, const Value& after, float fill) {
  const std::size_t axes = static_cast<std::size_t>(before.dims()[0].value);
  const Value front = ops.ints(Sizes(first, 0));
  std::vector<Value> pads = {front, before};
  const std::size_t behind = x.rank() - first - axes;
  if (behind > 0) pads.push_back(ops.ints(Sizes(behind, 0)));
  pads.push_back(front);
  pads.push_back(after);
  if (behind > 0) pads.push_back(pads[2]);
  return ops.node("Pad", {x, ops.concat(std::move(pads), 0), ops.constant(fill, x.dtype())});
}

Value pad_axes(Ops& ops, const Value& x, std::size_t first, const Sizes& before, const Sizes& after, float fill) {
  Sizes pads(2 * x.rank(), 0);
  for (std::size_t i = 0; i < before.size(); ++i) {
    pads[first + i] = before[i];
    pads[first + i + x.rank()] = after[i];
  }
  return ops.node("Pad", {x, ops.ints(std::move(pads)), ops.constant(fill, x.dtype())});
}

std::vector<Attribute> attributes(const Window& window, const Padded& padded, bool dilations) {
  std::vector<Attribute> all = {{"kernel_shape", window.size, {}}, {"strides", window.strides, {}}, {"pads", padded.pads, {}}};
  if (dilations) all.push_back({"dilations", window.dilation, {}});
  return all;
}

Value convolve(Ops& ops, const Value& x, const Value& w, const Value& bias, const Window& window, std::int64_t groups) {
  const Padded around = padded(ops, x, window);
  std::vector<Attribute> all = attributes(window, around, true);
  all.push_back({"group", groups, {}});
  return ops.node("Conv", {around.x, w, bias}, std::move(all));
}

}  // namespace upkeep::layers
