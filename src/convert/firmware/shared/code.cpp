#include "convert/firmware/shared/code.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep::firmware {

void Code::line(std::string_view text) { text_ += std::string(static_cast<std::size_t>(depth_) * 2, ' ') + std::string(text) + "\n"; }

void Code::open(std::string_view head) {
  line(head.empty() ? "{" : std::string(head) + " {");
  ++depth_;
}

void Code::loop(std::string_view variable, std::int64_t count) {
  open(upkeep::format("for (std::size_t {0} = 0; {0} < {1}; ++{0})", variable, count));
}

void Code::close(int blocks) {
  for (int i = 0; i < blocks; ++i) {
    --depth_;
    line("}");
  }
}

std::string type_name(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return "float";
    case DType::kFloat64: return "double";
    case DType::kBool: return "bool";
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32:
    case DType::kInt64:
    case DType::kUInt8:
    case DType::kUInt16:
    case DType::kUInt32:
    case DType::kUInt64: return "std::" + to_string(dtype) + "_t";
    default: throw Error(ErrorCode::kUnsupported, upkeep::format("C++20 has no elements of type {}", to_string(dtype)));
  }
}

// --- numbers -------------------------------------------------------------------------------------------------------

namespace {

template <typename T>
std::string digits_of(T value, std::chars_format form) {
  std::array<char, 64> buffer{};
  const std::to_chars_result end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form);
  return {buffer.data(), end.ptr};
}

std::string special(double value, DType dtype) {
  const std::string limits = upkeep::format("std::numeric_limits<{}>::", type_name(dtype));
  if (std::isnan(value)) return limits + "quiet_NaN()";
  return (value < 0 ? "-" : "") + limits + "infinity()";
}

std::string integer(std::int64_t value, DType dtype) {
  if (value == std::numeric_limits<std::int64_t>::min()) return "std::numeric_limits<std::int64_t>::min()";
  return std::to_string(value) + (dtype == DType::kUInt32 || dtype == DType::kUInt64 ? "U" : "");
}

// Hexadecimal: exact, and the quickest to compile.
template <typename T>
std::string weight_text(T value) {
  if (!std::isfinite(value)) return special(value, DTypeOf<T>::value);
  const std::string sign = std::signbit(value) ? "-" : "";
  return sign + "0x" + digits_of(std::abs(value), std::chars_format::hex) + (sizeof(T) == sizeof(float) ? "F" : "");
}

std::string element_text(const Tensor& tensor, std::size_t i) {
  switch (tensor.dtype()) {
    case DType::kFloat32: return weight_text(tensor.floats()[i]);
    case DType::kFloat64: return weight_text(tensor.data<double>()[i]);
    case DType::kBool: return tensor.data<bool>()[i] ? "true" : "false";
    case DType::kUInt64: return std::to_string(tensor.data<std::uint64_t>()[i]) + "U";
    default: throw Error(ErrorCode::kInternal, "element_text");
  }
}

}  // namespace

std::string literal(double value, DType dtype) {
  if (dtype == DType::kBool) return value != 0 ? "true" : "false";
  if (dtype != DType::kFloat32 && dtype != DType::kFloat64) return integer(static_cast<std::int64_t>(value), dtype);
  if (!std::isfinite(value)) return special(value, dtype);
  std::string text = dtype == DType::kFloat32 ? digits_of(static_cast<float>(value), std::chars_format::general)
                                              : digits_of(value, std::chars_format::general);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return dtype == DType::kFloat32 ? text + "F" : text;
}

std::string elements(const Tensor& tensor) {
  const DType dtype = tensor.dtype();
  const bool direct = dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kBool || dtype == DType::kUInt64;
  const Tensor integers = direct ? tensor : tensor.cast(DType::kInt64);
  const std::size_t per_line = dtype == DType::kFloat32 || dtype == DType::kFloat64 ? 6 : 16;
  std::string text;
  for (std::size_t i = 0; i < static_cast<std::size_t>(tensor.size()); ++i) {
    if (i > 0) text += i % per_line == 0 ? ",\n    " : ", ";
    text += direct ? element_text(tensor, i) : integer(integers.data<std::int64_t>()[i], dtype);
  }
  return text;
}

// Letters, digits and single underscores: what else C++ reserves for itself.
std::string identifier(std::string_view name) {
  std::string made;
  for (const char c : name) {
    const bool good = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (good) made += c;
    else if (!made.empty() && made.back() != '_') made += '_';
  }
  while (made.ends_with('_')) made.pop_back();
  if (made.empty() || std::isdigit(static_cast<unsigned char>(made[0]))) made = "n" + made;
  return made;
}

// --- loops ---------------------------------------------------------------------------------------------------------

std::vector<std::int64_t> row_major(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Walk walk_of(const Shape& shape) { return {.begin = 0, .strides = row_major(shape)}; }

Walk broadcast_walk(const Shape& from, const Shape& to) {
  const std::vector<std::int64_t> own = row_major(from);
  Walk walk{.begin = 0, .strides = std::vector<std::int64_t>(to.size(), 0)};
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i] != 1) walk.strides[to.size() - from.size() + i] = own[i];
  return walk;
}

namespace {

// Two neighbouring axes are one when every operand steps through them as through one.
bool can_join(const Shape& dims, const std::vector<Walk>& walks, std::size_t axis) {
  return std::ranges::all_of(walks, [&](const Walk& walk) { return walk.strides[axis] == walk.strides[axis + 1] * dims[axis + 1]; });
}

void drop_axis(Shape& dims, std::vector<Walk>& walks, std::size_t axis) {
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
  for (Walk& walk : walks) walk.strides.erase(walk.strides.begin() + static_cast<std::ptrdiff_t>(axis));
}

void simplify(Shape& dims, std::vector<Walk>& walks) {
  for (std::size_t axis = dims.size(); axis-- > 0;)
    if (dims[axis] == 1) drop_axis(dims, walks, axis);
  for (std::size_t axis = dims.size(); axis-- > 1;) {
    if (!can_join(dims, walks, axis - 1)) continue;
    dims[axis] *= dims[axis - 1];
    drop_axis(dims, walks, axis - 1);
  }
}

std::string place(const Walk& walk, const std::vector<std::string>& variables) {
  std::string plus = walk.begin != 0 ? std::to_string(walk.begin) : "";
  std::string minus;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const std::int64_t stride = walk.strides[i];
    if (stride == 0) continue;
    const std::string term = std::abs(stride) == 1 ? variables[i] : upkeep::format("{} * {}", variables[i], std::abs(stride));
    if (stride < 0) minus += " - " + term;
    else plus += (plus.empty() ? "" : " + ") + term;
  }
  return (plus.empty() ? "0" : plus) + minus;
}

}  // namespace

void write_loops(Code& code, const Shape& dims, std::vector<Walk> walks, const Inner& inner) {
  if (std::ranges::find(dims, 0) != dims.end()) return;
  Shape left = dims;
  simplify(left, walks);
  std::vector<std::string> variables;
  for (std::size_t i = 0; i < left.size(); ++i) {
    variables.push_back("i" + std::to_string(i));
    code.loop(variables.back(), left[i]);
  }
  std::vector<std::string> at;
  for (const Walk& walk : walks) at.push_back(place(walk, variables));
  inner(at);
  code.close(static_cast<int>(left.size()));
}

}  // namespace upkeep::firmware
