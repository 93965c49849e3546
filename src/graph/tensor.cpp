#include "upkeep/tensor.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstring>
#include <limits>

#include "base/names.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

struct DTypeInfo {
  DType dtype;
  const char* name;
  std::size_t bits;
};

constexpr std::array kTypes = {
    DTypeInfo{DType::kUndefined, "undefined", 0},
    DTypeInfo{DType::kFloat32, "float32", 32},
    DTypeInfo{DType::kUInt8, "uint8", 8},
    DTypeInfo{DType::kInt8, "int8", 8},
    DTypeInfo{DType::kUInt16, "uint16", 16},
    DTypeInfo{DType::kInt16, "int16", 16},
    DTypeInfo{DType::kInt32, "int32", 32},
    DTypeInfo{DType::kInt64, "int64", 64},
    DTypeInfo{DType::kString, "string", 0},
    DTypeInfo{DType::kBool, "bool", 8},
    DTypeInfo{DType::kFloat16, "float16", 16},
    DTypeInfo{DType::kFloat64, "float64", 64},
    DTypeInfo{DType::kUInt32, "uint32", 32},
    DTypeInfo{DType::kUInt64, "uint64", 64},
    DTypeInfo{DType::kComplex64, "complex64", 64},
    DTypeInfo{DType::kComplex128, "complex128", 128},
    DTypeInfo{DType::kBFloat16, "bfloat16", 16},
    DTypeInfo{DType::kFloat8E4M3FN, "float8_e4m3fn", 8},
    DTypeInfo{DType::kFloat8E4M3FNUZ, "float8_e4m3fnuz", 8},
    DTypeInfo{DType::kFloat8E5M2, "float8_e5m2", 8},
    DTypeInfo{DType::kFloat8E5M2FNUZ, "float8_e5m2fnuz", 8},
    DTypeInfo{DType::kUInt4, "uint4", 4},
    DTypeInfo{DType::kInt4, "int4", 4},
    DTypeInfo{DType::kFloat4E2M1, "float4_e2m1", 4},
};

const DTypeInfo* info(DType dtype) {
  for (const DTypeInfo& one : kTypes)
    if (one.dtype == dtype) return &one;
  return nullptr;
}

std::size_t bytes_of(DType dtype, std::int64_t count) {
  const std::size_t bits = size_bits(dtype);
  if (bits == 0) return 0;
  const auto elements = static_cast<std::size_t>(count);
  if (elements > std::numeric_limits<std::size_t>::max() / bits - 8)
    throw Error(ErrorCode::kInvalidArgument, "a tensor of " + std::to_string(count) + " elements is too large");
  return (elements * bits + 7) / 8;
}

// float -> integer is undefined outside of the target's range, so it saturates there; NaN becomes 0.
template <typename To, typename From>
To convert(From from) {
  if constexpr (std::same_as<To, bool>) {
    return from != From{0};
  } else if constexpr (std::integral<To> && !std::integral<From>) {
    const auto value = static_cast<double>(from);
    if (value != value) return To{0};
    constexpr auto low = static_cast<double>(std::numeric_limits<To>::min());
    constexpr auto high = static_cast<double>(std::numeric_limits<To>::max());
    if (value <= low) return std::numeric_limits<To>::min();
    if (value >= high) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  } else if constexpr (std::integral<From> && !std::integral<To>) {
    if constexpr (sizeof(To) < 4) return static_cast<To>(static_cast<double>(from));
    else return static_cast<To>(from);
  } else if constexpr (sizeof(From) == 2 && sizeof(To) == 2 && !std::integral<From> && !std::integral<To>) {
    return static_cast<To>(static_cast<float>(from));  // between the two halves there is no direct way
  } else {
    return static_cast<To>(from);
  }
}

// Calls work(T{}) with the C++ type that holds the elements; false when there is none.
template <typename Work>
bool with_numeric(DType dtype, Work&& work) {
  switch (dtype) {
    case DType::kFloat32: work(float{}); return true;
    case DType::kFloat64: work(double{}); return true;
    case DType::kInt8: work(std::int8_t{}); return true;
    case DType::kInt16: work(std::int16_t{}); return true;
    case DType::kInt32: work(std::int32_t{}); return true;
    case DType::kInt64: work(std::int64_t{}); return true;
    case DType::kUInt8: work(std::uint8_t{}); return true;
    case DType::kUInt16: work(std::uint16_t{}); return true;
    case DType::kUInt32: work(std::uint32_t{}); return true;
    case DType::kUInt64: work(std::uint64_t{}); return true;
    case DType::kBool: work(bool{}); return true;
    case DType::kFloat16: work(_Float16{}); return true;
    case DType::kBFloat16: work(__bf16{}); return true;
    default: return false;
  }
}

}  // namespace

std::string to_string(DType dtype) {
  const DTypeInfo* found = info(dtype);
  return found ? found->name : "type " + std::to_string(static_cast<std::int32_t>(dtype));
}

DType dtype_from_string(const std::string& name) {
  std::vector<std::string> names;
  for (const DTypeInfo& one : kTypes) {
    if (one.dtype == DType::kUndefined) continue;
    if (name == one.name) return one.dtype;
    names.emplace_back(one.name);
  }
  throw unknown_name("element type", name, names);
}

std::size_t size_bits(DType dtype) {
  const DTypeInfo* found = info(dtype);
  return found ? found->bits : 0;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  bool zero = false;
  for (const std::int64_t dim : shape) {
    if (dim < 0) throw Error(ErrorCode::kInvalidArgument, "shape " + to_string(shape) + " has a negative dimension");
    zero = zero || dim == 0;
  }
  if (zero) return 0;
  for (const std::int64_t dim : shape)
    if (__builtin_mul_overflow(count, dim, &count))
      throw Error(ErrorCode::kInvalidArgument, "shape " + to_string(shape) + " has more elements than 64 bits can count");
  return count;
}

void check_count(const Shape& shape, std::size_t count) {
  const std::int64_t expected = element_count(shape);
  if (static_cast<std::size_t>(expected) != count)
    throw Error(ErrorCode::kInvalidArgument, std::to_string(count) + " values do not fill a tensor of shape " + to_string(shape),
                std::to_string(expected) + " are needed");
}

Tensor::Tensor(Shape shape, std::vector<std::string> strings) : dtype_(DType::kString), shape_(std::move(shape)) {
  check_count(shape_, strings.size());
  size_ = static_cast<std::int64_t>(strings.size());
  auto kept = std::make_shared<std::vector<std::string>>(std::move(strings));
  data_ = kept.get();  // of strings, the vector itself
  owner_ = std::move(kept);
}

void check_booleans(DType dtype, std::span<const std::byte> bytes) {
  if (dtype == DType::kBool && std::ranges::any_of(bytes, [](std::byte one) { return one > std::byte{1}; }))
    throw Error(ErrorCode::kInvalidArgument, "a boolean is neither 0 nor 1");
}

Tensor Tensor::from_bytes(DType dtype, Shape shape, std::span<const std::byte> bytes) {
  check_booleans(dtype, bytes);
  auto kept = std::make_shared_for_overwrite<std::byte[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(kept.get(), bytes.data(), bytes.size());
  Tensor made = share(dtype, std::move(shape), kept, kept.get());
  if (made.size_bytes() != bytes.size())
    throw Error(ErrorCode::kInvalidArgument,
                std::to_string(bytes.size()) + " bytes do not fill " + to_string(dtype) + to_string(made.shape_),
                std::to_string(made.size_bytes()) + " are needed");
  return made;
}

Tensor Tensor::share(DType dtype, Shape shape, std::shared_ptr<const void> owner, const void* data) {
  if (size_bits(dtype) == 0) throw Error(ErrorCode::kInvalidArgument, "elements of type " + to_string(dtype) + " are not plain bytes");
  Tensor made;
  made.dtype_ = dtype;
  made.size_ = element_count(shape);
  bytes_of(dtype, made.size_);
  made.shape_ = std::move(shape);
  made.data_ = data;
  made.owner_ = std::move(owner);
  return made;
}

std::size_t Tensor::size_bytes() const { return bytes_of(dtype_, size_); }

void Tensor::expect_dtype(DType dtype) const {
  if (dtype_ != dtype)
    throw Error(ErrorCode::kInvalidArgument, "the tensor holds " + to_string(dtype_) + to_string(shape_) + ", not " + to_string(dtype));
}

const std::vector<std::string>& Tensor::strings() const {
  expect_dtype(DType::kString);
  return *static_cast<const std::vector<std::string>*>(data_);
}

Tensor Tensor::reshaped(Shape shape) const {
  if (element_count(shape) != size_)
    throw Error(ErrorCode::kInvalidArgument, "a tensor of shape " + to_string(shape_) + " cannot take the shape " + to_string(shape),
                "it has " + std::to_string(size_) + " elements");
  Tensor made = *this;
  made.shape_ = std::move(shape);
  return made;
}

Tensor Tensor::cast(DType dtype) const {
  if (dtype == dtype_) return *this;
  auto bytes = std::make_shared_for_overwrite<std::byte[]>(bytes_of(dtype, size_));
  bool both = false;
  with_numeric(dtype_, [&](auto from) {
    both = with_numeric(dtype, [&](auto to) {
      const auto* in = static_cast<const decltype(from)*>(data_);
      auto* out = reinterpret_cast<decltype(to)*>(bytes.get());
      for (std::int64_t i = 0; i < size_; ++i) out[i] = convert<decltype(to)>(in[i]);
    });
  });
  if (!both) throw Error(ErrorCode::kUnsupported, "cannot convert " + to_string(dtype_) + " to " + to_string(dtype));
  return share(dtype, shape_, bytes, bytes.get());
}

Tensor Tensor::rows(std::int64_t begin, std::int64_t end) const {
  if (shape_.empty() || begin < 0 || end < begin || end > shape_[0])
    throw Error(ErrorCode::kInvalidArgument,
                "rows " + std::to_string(begin) + " to " + std::to_string(end) + " of a tensor of shape " + to_string(shape_));
  Shape shape = shape_;
  shape[0] = end - begin;
  const std::int64_t row = shape_[0] ? size_ / shape_[0] : 0;
  if (dtype_ == DType::kString) {
    const auto first = strings().begin();
    return Tensor(std::move(shape), std::vector<std::string>(first + begin * row, first + end * row));
  }
  const std::size_t bits = static_cast<std::size_t>(begin * row) * size_bits(dtype_);
  if (bits % 8) throw Error(ErrorCode::kUnsupported, "rows of " + to_string(dtype_) + to_string(shape_) + " do not start at whole bytes");
  return share(dtype_, std::move(shape), owner_, static_cast<const std::byte*>(data_) + bits / 8);
}

bool Tensor::operator==(const Tensor& other) const {
  if (dtype_ != other.dtype_ || shape_ != other.shape_) return false;
  if (size_ == 0 || data_ == other.data_) return true;
  if (dtype_ == DType::kString) return strings() == other.strings();
  return std::memcmp(data_, other.data_, size_bytes()) == 0;
}

}  // namespace upkeep
