#include "serve/protocol/tensor_json.hpp"

#include <cmath>

#include "base/format.hpp"
#include "base/utf8.hpp"
#include "serve/protocol/json_text.hpp"

namespace upkeep::serve {

namespace {

template <typename T>
struct ElementOf {
  using type = T;
};
template <>
struct ElementOf<bool> {
  using type = std::uint8_t;  // bytes, not the bits of vector<bool>
};

template <typename T>
class DataReader {
 public:
  using Element = ElementOf<T>::type;

  DataReader(JsonCursor& json, const Shape& shape) : json_(json), shape_(shape), count_(static_cast<std::size_t>(element_count(shape))) {}

  std::vector<Element> read() {
    elements_.reserve(std::min<std::size_t>(count_, 1 << 16));  // more only as it comes
    json_.open('[');
    if (json_.peek() == '[' && shape_.size() > 1) nested(0);
    else flat();
    if (json_.ok() && elements_.size() != count_)
      json_.fail(upkeep::format("data has {} elements, shape {} needs {}", elements_.size(), to_string(shape_), count_));
    return std::move(elements_);
  }

 private:
  void flat() {
    while (json_.next_item()) {
      if (elements_.size() == count_)
        return json_.fail(upkeep::format("data has more than the {} elements of shape {}", count_, to_string(shape_)));
      elements_.push_back(element());
    }
  }

  // Behind the opening bracket of `axis`.
  void nested(std::size_t axis) {
    std::int64_t items = 0;
    while (json_.next_item()) {
      if (++items > shape_[axis]) break;
      if (axis + 1 == shape_.size()) {
        elements_.push_back(element());
      } else {
        json_.open('[');
        nested(axis + 1);
      }
    }
    if (json_.ok() && items != shape_[axis])
      json_.fail(upkeep::format("data has {} items along axis {}, shape {} needs {}", items > shape_[axis] ? "more" : std::to_string(items),
                                axis, to_string(shape_), shape_[axis]));
  }

  Element element() {
    if constexpr (std::is_same_v<T, std::string>) return json_.string();
    else if constexpr (std::is_same_v<T, bool>) return json_.boolean() ? 1 : 0;
    else if constexpr (std::floating_point<T>) return json_.template floating<T>();
    else return json_.number<T>();
  }

  JsonCursor& json_;
  const Shape& shape_;
  std::size_t count_;
  std::vector<Element> elements_;
};

template <typename T>
Tensor read_as(JsonCursor& json, const Shape& shape) {
  auto elements = DataReader<T>(json, shape).read();
  if (!json.ok()) return {};
  if constexpr (std::is_same_v<T, bool>) return Tensor::from_bytes(DType::kBool, shape, std::as_bytes(std::span(elements)));
  else return Tensor(shape, std::move(elements));
}

template <typename T>
void append_numbers(std::string& out, const Tensor& tensor) {
  char digits[32];
  for (const T value : tensor.data<T>()) {
    if constexpr (std::floating_point<T>) {
      if (!std::isfinite(value)) {
        out += std::isnan(value) ? "NaN," : value > 0 ? "Infinity," : "-Infinity,";
        continue;
      }
    }
    const auto written = std::to_chars(digits, digits + sizeof(digits), value);
    out.append(digits, written.ptr);
    out += ',';
  }
}

bool append_strings(std::string& out, const Tensor& tensor) {
  for (const std::string& text : tensor.strings()) {
    if (!valid_utf8(text)) return false;
    append_json(out, text);
    out += ',';
  }
  return true;
}

void append_booleans(std::string& out, const Tensor& tensor) {
  for (const bool value : tensor.data<bool>()) out += value ? "true," : "false,";
}

}  // namespace

Tensor read_data(JsonCursor& json, DType dtype, const Shape& shape) {
  switch (dtype) {
    case DType::kBool: return read_as<bool>(json, shape);
    case DType::kUInt8: return read_as<std::uint8_t>(json, shape);
    case DType::kUInt16: return read_as<std::uint16_t>(json, shape);
    case DType::kUInt32: return read_as<std::uint32_t>(json, shape);
    case DType::kUInt64: return read_as<std::uint64_t>(json, shape);
    case DType::kInt8: return read_as<std::int8_t>(json, shape);
    case DType::kInt16: return read_as<std::int16_t>(json, shape);
    case DType::kInt32: return read_as<std::int32_t>(json, shape);
    case DType::kInt64: return read_as<std::int64_t>(json, shape);
    case DType::kFloat32: return read_as<float>(json, shape);
    case DType::kFloat64: return read_as<double>(json, shape);
    case DType::kString: return read_as<std::string>(json, shape);
    default: json.fail("this datatype has no JSON form"); return {};
  }
}

bool append_data(std::string& out, const Tensor& tensor) {
  bool representable = true;
  out += '[';
  switch (tensor.dtype()) {
    case DType::kBool: append_booleans(out, tensor); break;
    case DType::kUInt8: append_numbers<std::uint8_t>(out, tensor); break;
    case DType::kUInt16: append_numbers<std::uint16_t>(out, tensor); break;
    case DType::kUInt32: append_numbers<std::uint32_t>(out, tensor); break;
    case DType::kUInt64: append_numbers<std::uint64_t>(out, tensor); break;
    case DType::kInt8: append_numbers<std::int8_t>(out, tensor); break;
    case DType::kInt16: append_numbers<std::int16_t>(out, tensor); break;
    case DType::kInt32: append_numbers<std::int32_t>(out, tensor); break;
    case DType::kInt64: append_numbers<std::int64_t>(out, tensor); break;
    case DType::kFloat32: append_numbers<float>(out, tensor); break;
    case DType::kFloat64: append_numbers<double>(out, tensor); break;
    case DType::kString: representable = append_strings(out, tensor); break;
    default: return false;
  }
  if (out.back() == ',') out.back() = ']';
  else out += ']';
  return representable;
}

}  // namespace upkeep::serve
