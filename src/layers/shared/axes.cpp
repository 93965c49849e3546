#include "layers/shared/axes.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/settings.hpp"

namespace upkeep::layers {

std::size_t positive_axis(std::int64_t axis, const Dims& dims, AxisSizes sizes) {
  const auto rank = static_cast<std::int64_t>(dims.size());
  if (axis < -rank || axis >= rank)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("axis {} is outside the input {}", axis, to_string(dims)));
  const auto found = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  if (sizes == AxisSizes::kKnown && !dims[found].known())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("axis {} of the input {} has no known size", axis, to_string(dims)),
                "give the input layer its shape");
  return found;
}

std::vector<std::size_t> positive_axes(const Json& axes, const Dims& dims, AxisSizes sizes) {
  std::vector<std::size_t> positive;
  for (const std::int64_t axis : from_json_checked<std::vector<std::int64_t>>(axes)) positive.push_back(positive_axis(axis, dims, sizes));
  std::ranges::sort(positive);
  if (std::ranges::adjacent_find(positive) != positive.end())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("axis {} names one axis of the input {} twice", axes.dump(), to_string(dims)));
  return positive;
}

std::vector<std::int64_t> integers(const std::vector<std::size_t>& axes) { return {axes.begin(), axes.end()}; }

std::vector<std::int64_t> all_but(const std::vector<std::size_t>& axes, std::size_t rank) {
  std::vector<std::int64_t> others;
  for (std::size_t i = 0; i < rank; ++i)
    if (!std::ranges::contains(axes, i)) others.push_back(static_cast<std::int64_t>(i));
  return others;
}

Shape sizes_of(const Dims& dims, const std::vector<std::size_t>& axes) {
  Shape sizes;
  for (const std::size_t axis : axes) sizes.push_back(dims[axis].value);
  return sizes;
}

Value over_axes(Ops& ops, Value tensor, const std::vector<std::size_t>& axes, const Dims& dims) {
  const bool last_ones = axes.empty() || axes.front() == dims.size() - axes.size();
  if (last_ones) return tensor;
  std::vector<std::int64_t> shape(dims.size(), 1);
  for (const std::size_t axis : axes) shape[axis] = dims[axis].value;
  return ops.reshape(tensor, std::move(shape));
}

}  // namespace upkeep::layers
