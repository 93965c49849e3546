#include "convert/firmware/operator.hpp"

#include "base/format.hpp"

namespace upkeep::firmware {

Error not_written(const std::string& what) { return Error(ErrorCode::kUnsupported, what + " is not written as C++"); }

std::size_t front_axis(std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size) throw Error(ErrorCode::kInvalidArgument, upkeep::format("no axis {} among {}", axis, rank));
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

const Tensor& Operation::constant(std::size_t input) const {
  if (input >= inputs_.size() || !inputs_[input].constant)
    throw Error(ErrorCode::kUnsupported, upkeep::format("input {} decides about sizes and must be constant", input));
  return *inputs_[input].constant;
}

std::vector<std::int64_t> Operation::ints(std::size_t input) const {
  const Tensor values = constant(input).cast(DType::kInt64);
  return {values.data<std::int64_t>().begin(), values.data<std::int64_t>().end()};
}

std::size_t Operation::axis(std::string_view attribute, std::int64_t fallback, std::size_t rank) const {
  return front_axis(node_.get<std::int64_t>(attribute, fallback), rank);
}

}  // namespace upkeep::firmware
