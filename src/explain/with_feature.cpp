// Rows with the elements of a feature from other rows.

#include <cstring>
#include <numeric>

#include "base/format.hpp"
#include "data/rows.hpp"
#include "explain/coalitions.hpp"

namespace upkeep::explain {

namespace {

Tensor with_texts(const Tensor& rows, const InputElements& part, const Tensor& from, std::span<const std::int64_t> places) {
  std::vector<std::string> texts = rows.strings();
  const std::vector<std::string>& others = from.strings();
  const std::size_t width = texts.size() / places.size();
  for (std::size_t row = 0; row < places.size(); ++row)
    for (const std::int64_t element : part.elements)
      texts[row * width + static_cast<std::size_t>(element)] =
          others[static_cast<std::size_t>(places[row]) * width + static_cast<std::size_t>(element)];
  return Tensor(rows.shape(), std::move(texts));
}

Tensor with_bytes(const Tensor& rows, const InputElements& part, const Tensor& from, std::span<const std::int64_t> places) {
  const std::size_t row_size = row_bytes(rows);
  const std::size_t element_size = size_bits(rows.dtype()) / 8;
  auto bytes = std::make_shared<std::vector<std::byte>>(rows.bytes().begin(), rows.bytes().end());
  const std::byte* const others = from.bytes().data();
  for (std::size_t row = 0; row < places.size(); ++row) {
    std::byte* const to = bytes->data() + row * row_size;
    const std::byte* const source = others + static_cast<std::size_t>(places[row]) * row_size;
    for (const std::int64_t element : part.elements) {
      const std::size_t at = static_cast<std::size_t>(element) * element_size;
      std::memcpy(to + at, source + at, element_size);
    }
  }
  const void* const data = bytes->data();
  return Tensor::share(rows.dtype(), rows.shape(), std::move(bytes), data);
}

}  // namespace

Tensors with_feature(const Tensors& rows, const ExplainedFeature& feature, const Tensors& from, std::span<const std::int64_t> places) {
  Tensors made = rows;
  if (places.empty()) return made;
  for (const InputElements& part : feature.parts) {
    Tensor& values = made.at(part.input);
    const Tensor& others = from.at(part.input);
    if (values.dtype() != others.dtype() ||
        !std::ranges::equal(values.shape().begin() + 1, values.shape().end(), others.shape().begin() + 1, others.shape().end()))
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("rows of input \"{}\" are {}{}", part.input, to_string(others.dtype()), to_string(others.shape())),
                  upkeep::format("expected {}{}", to_string(values.dtype()), to_string(values.shape())));
    values = values.dtype() == DType::kString ? with_texts(values, part, others, places) : with_bytes(values, part, others, places);
  }
  return made;
}

Tensors with_feature(const Tensors& rows, const ExplainedFeature& feature, const Tensors& from, std::int64_t from_row) {
  return with_feature(rows, feature, from, std::vector<std::int64_t>(static_cast<std::size_t>(rows_in(rows)), from_row));
}

}  // namespace upkeep::explain
