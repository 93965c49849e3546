// Tensors: a shape, an element type and shared, immutable bytes. Copying a Tensor copies a pointer; any thread may read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace upkeep {

// Element types; the numbers are ONNX's TensorProto.DataType.
enum class DType : std::int32_t {
  kUndefined = 0,
  kFloat32 = 1,
  kUInt8 = 2,
  kInt8 = 3,
  kUInt16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kFloat64 = 11,
  kUInt32 = 12,
  kUInt64 = 13,
  kComplex64 = 14,
  kComplex128 = 15,
  kBFloat16 = 16,
  kFloat8E4M3FN = 17,
  kFloat8E4M3FNUZ = 18,
  kFloat8E5M2 = 19,
  kFloat8E5M2FNUZ = 20,
  kUInt4 = 21,
  kInt4 = 22,
  kFloat4E2M1 = 23,
};

std::string to_string(DType dtype);                // "float32", "int64", "string", ... (NumPy's names)
DType dtype_from_string(const std::string& name);  // throws Error with the candidates
std::size_t size_bits(DType dtype);                // of one element; 0 for string and undefined

using Shape = std::vector<std::int64_t>;
std::string to_string(const Shape& shape);  // "[32, 10]"
// Product of the dimensions. Throws Error{kInvalidArgument} when one is negative or the product does not fit.
std::int64_t element_count(const Shape& shape);

template <typename T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::kFloat32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::kFloat64;
};
template <>
struct DTypeOf<std::int8_t> {
  static constexpr DType value = DType::kInt8;
};
template <>
struct DTypeOf<std::int16_t> {
  static constexpr DType value = DType::kInt16;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::kInt32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::kInt64;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::kUInt8;
};
template <>
struct DTypeOf<std::uint16_t> {
  static constexpr DType value = DType::kUInt16;
};
template <>
struct DTypeOf<std::uint32_t> {
  static constexpr DType value = DType::kUInt32;
};
template <>
struct DTypeOf<std::uint64_t> {
  static constexpr DType value = DType::kUInt64;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::kBool;
};

class Tensor {
 public:
  Tensor() = default;  // float32, shape [0]

  // Takes the values over. Throws Error{kInvalidArgument} when the count does not fit the shape.
  template <typename T>
  Tensor(Shape shape, std::vector<T> values);
  Tensor(Shape shape, std::vector<std::string> strings);

  template <typename T>
  static Tensor scalar(T value) {
    return Tensor(Shape{}, std::vector<T>{value});
  }
  template <typename T>
  static Tensor full(Shape shape, T value);
  // Copies `bytes`, which must be exactly as many as shape and type need (little-endian, row-major, 4-bit types packed).
  static Tensor from_bytes(DType dtype, Shape shape, std::span<const std::byte> bytes);
  // Shares memory that somebody else owns: `owner` is kept alive, and nobody may write to it from now on.
  static Tensor share(DType dtype, Shape shape, std::shared_ptr<const void> owner, const void* data);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t dim(std::size_t axis) const { return shape_.at(axis); }
  std::size_t rank() const { return shape_.size(); }
  std::int64_t size() const { return size_; }  // elements
  std::size_t size_bytes() const;              // 0 for strings
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_bytes()}; }

  // The elements. Throws Error{kInvalidArgument} when T is not the element type. bool is stored as one byte each.
  template <typename T>
  std::span<const T> data() const {
    expect_dtype(DTypeOf<T>::value);
    return {static_cast<const T*>(data_), static_cast<std::size_t>(size_)};
  }
  std::span<const float> floats() const { return data<float>(); }
  const std::vector<std::string>& strings() const;

  // The same elements under another shape of equal count.
  Tensor reshaped(Shape shape) const;
  // The elements as another numeric type, converted one by one (floats to integers truncate).
  Tensor cast(DType dtype) const;
  // Rows [begin, end) of axis 0; shares memory.
  Tensor rows(std::int64_t begin, std::int64_t end) const;

  // Same type, shape and bytes.
  bool operator==(const Tensor& other) const;

 private:
  void expect_dtype(DType dtype) const;

  DType dtype_ = DType::kFloat32;
  Shape shape_ = {0};
  std::int64_t size_ = 0;
  const void* data_ = nullptr;
  std::shared_ptr<const void> owner_;
};

using Tensors = std::map<std::string, Tensor>;  // by name

// --- inline parts --------------------------------------------------------------------------------------------------

void check_count(const Shape& shape, std::size_t count);             // throws Error{kInvalidArgument}
void check_booleans(DType dtype, std::span<const std::byte> bytes);  // throws Error{kInvalidArgument}

template <typename T>
Tensor::Tensor(Shape shape, std::vector<T> values) : dtype_(DTypeOf<T>::value), shape_(std::move(shape)) {
  check_count(shape_, values.size());
  size_ = static_cast<std::int64_t>(values.size());
  if constexpr (std::is_same_v<T, bool>) {
    auto bytes = std::make_shared<std::vector<std::uint8_t>>(values.begin(), values.end());
    data_ = bytes->data();
    owner_ = std::move(bytes);
  } else {
    auto kept = std::make_shared<std::vector<T>>(std::move(values));
    data_ = kept->data();
    owner_ = std::move(kept);
  }
}

template <typename T>
Tensor Tensor::full(Shape shape, T value) {
  const auto count = static_cast<std::size_t>(element_count(shape));
  return Tensor(std::move(shape), std::vector<T>(count, value));
}

}  // namespace upkeep
