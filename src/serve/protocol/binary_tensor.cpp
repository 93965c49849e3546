#include "serve/protocol/binary_tensor.hpp"

#include <bit>
#include <cstring>

#include "base/format.hpp"
#include "serve/protocol/datatypes.hpp"

namespace upkeep::serve {

static_assert(std::endian::native == std::endian::little, "the protocol's tensors are little-endian");

static Answer<Tensor> read_strings(std::string_view bytes, const Shape& shape, std::size_t count) {
  std::vector<std::string> strings;
  while (!bytes.empty()) {
    std::uint32_t length = 0;
    if (bytes.size() < sizeof(length)) return refuse(RefusalCode::kInvalid, "the binary data ends within the length of a string");
    std::memcpy(&length, bytes.data(), sizeof(length));
    bytes.remove_prefix(sizeof(length));
    if (length > bytes.size())
      return refuse(RefusalCode::kInvalid, upkeep::format("a string of {} bytes is announced, but only {} are left", length, bytes.size()));
    strings.emplace_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
    if (strings.size() > count) break;
  }
  if (strings.size() != count)
    return refuse(RefusalCode::kInvalid,
                  upkeep::format("the binary data holds {} strings, shape {} needs {}",
                                 strings.size() > count ? "more" : std::to_string(strings.size()), to_string(shape), count));
  return Tensor(shape, std::move(strings));
}

Answer<Tensor> read_binary(std::string_view bytes, DType dtype, const Shape& shape) {
  const auto count = static_cast<std::size_t>(element_count(shape));
  if (dtype == DType::kString) return read_strings(bytes, shape, count);
  const std::size_t element = size_bits(dtype) / 8;
  if (count != bytes.size() / element || bytes.size() % element != 0)
    return refuse(RefusalCode::kInvalid, upkeep::format("the binary data has {} bytes, {} needs {} elements of {}", bytes.size(),
                                                        describe(dtype, shape), count, element));
  const std::span<const std::byte> raw = std::as_bytes(std::span(bytes));
  if (dtype == DType::kBool) {  // any non-zero byte is true; the runtime expects 1
    std::vector<bool> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = raw[i] != std::byte{0};
    return Tensor(shape, std::move(values));
  }
  return Tensor::from_bytes(dtype, shape, raw);
}

std::string write_binary(const Tensor& tensor) {
  std::string out;
  if (tensor.dtype() != DType::kString) {
    const auto bytes = tensor.bytes();
    if (!bytes.empty()) out.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return out;
  }
  for (const std::string& text : tensor.strings()) {
    const auto length = static_cast<std::uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&length), sizeof(length));
    out += text;
  }
  return out;
}

Answer<Shape> raw_shape(const TensorSpec& spec, std::size_t bytes) {
  Shape shape;
  std::size_t open = 0, open_axis = 0, known = 1;
  for (const Dim& dim : spec.dims) {
    if (!dim.known()) ++open, open_axis = shape.size();
    else known *= static_cast<std::size_t>(dim.value);
    shape.push_back(dim.known() ? dim.value : 1);
  }
  if (open > 1)
    return refuse(RefusalCode::kInvalid,
                  upkeep::format("a raw request needs an input with at most one open dimension, \"{}\" is {}", spec.name, describe(spec)));
  if (spec.dtype == DType::kString) {
    if (known != 1)
      return refuse(RefusalCode::kInvalid, upkeep::format("a raw request can hold one string, \"{}\" is {}", spec.name, describe(spec)));
    return shape;
  }
  const std::size_t row = known * size_bits(spec.dtype) / 8;
  if (open == 1 && row > 0) shape[open_axis] = static_cast<std::int64_t>(bytes / row);
  return shape;  // whether the bytes come out even is checked when they are read
}

}  // namespace upkeep::serve
