#include "data/rows.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "base/format.hpp"
#include "data/elements.hpp"
#include "graph/element_types.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

Shape row_shape(const Tensor& values) { return {values.shape().begin() + 1, values.shape().end()}; }

Shape with_rows(const Tensor& like, std::int64_t rows) {
  Shape shape = like.shape();
  shape[0] = rows;
  return shape;
}

std::string cell(const Tensor& values) { return upkeep::format("{}{}", to_string(values.dtype()), to_string(row_shape(values))); }

Error outside(std::int64_t index, std::int64_t rows) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} is outside of the {} rows", index, rows));
}

// `kBytes` known to the compiler makes the copy a move instruction or two; 0 means only known when running.
template <std::size_t kBytes>
void gather(const std::byte* from, std::uint64_t rows, std::size_t bytes, std::span<const std::int64_t> indices, std::byte* to) {
  const std::size_t size = kBytes ? kBytes : bytes;
  for (std::size_t i = 0; i < indices.size();) {
    const auto first = static_cast<std::uint64_t>(indices[i]);
    if (first >= rows) throw outside(indices[i], static_cast<std::int64_t>(rows));
    std::size_t run = 1;
    while (i + run < indices.size() && static_cast<std::uint64_t>(indices[i + run]) == first + run && first + run < rows) ++run;
    if (run == 1) std::memcpy(to, from + first * size, size);
    else std::memcpy(to, from + first * size, run * size);
    to += run * size;
    i += run;
  }
}

Tensor take_strings(const Tensor& values, std::span<const std::int64_t> indices) {
  const std::vector<std::string>& all = values.strings();
  const std::int64_t width = element_count(row_shape(values));
  std::vector<std::string> taken;
  taken.reserve(indices.size() * static_cast<std::size_t>(width));
  for (const std::int64_t index : indices) {
    if (index < 0 || index >= values.dim(0)) throw outside(index, values.dim(0));
    std::copy_n(all.begin() + index * width, width, std::back_inserter(taken));
  }
  return Tensor(with_rows(values, static_cast<std::int64_t>(indices.size())), std::move(taken));
}

Tensor join_strings(const std::vector<Tensor>& parts, Shape shape) {
  std::vector<std::string> all;
  all.reserve(static_cast<std::size_t>(element_count(shape)));
  for (const Tensor& part : parts) all.insert(all.end(), part.strings().begin(), part.strings().end());
  return Tensor(std::move(shape), std::move(all));
}

bool fits_int64(DType dtype) { return dtype == DType::kBool || (is_integer_type(dtype) && dtype != DType::kUInt64); }

Tensor join_bytes(const std::vector<Tensor>& parts, Shape shape) {
  const DType dtype = parts.front().dtype();
  const std::size_t row = row_bytes(parts.front());
  auto bytes = std::make_shared_for_overwrite<std::byte[]>(row * static_cast<std::size_t>(shape[0]));
  std::byte* to = bytes.get();
  for (const Tensor& part : parts) to = std::ranges::copy(part.bytes(), to).out;
  return Tensor::share(dtype, std::move(shape), bytes, bytes.get());
}

}  // namespace

std::size_t row_bytes(const Tensor& values) {
  const std::size_t bits = static_cast<std::size_t>(element_count(row_shape(values))) * size_bits(values.dtype());
  if (size_bits(values.dtype()) == 0 || bits % 8 != 0)
    throw Error(ErrorCode::kUnsupported, upkeep::format("rows of {} do not fill whole bytes", cell(values)));
  return bits / 8;
}

void gather_rows(const std::byte* from, std::int64_t rows, std::size_t bytes, std::span<const std::int64_t> indices, std::byte* to) {
  const auto count = static_cast<std::uint64_t>(rows);
  switch (bytes) {
    case 0: return;
    case 4: return gather<4>(from, count, bytes, indices, to);
    case 8: return gather<8>(from, count, bytes, indices, to);
    default: return gather<0>(from, count, bytes, indices, to);
  }
}

Tensor take_rows(const Tensor& values, std::span<const std::int64_t> indices) {
  if (values.dtype() == DType::kString) return take_strings(values, indices);
  const std::size_t row = row_bytes(values);
  auto bytes = std::make_shared_for_overwrite<std::byte[]>(row * indices.size());
  gather_rows(values.bytes().data(), values.dim(0), row, indices, bytes.get());
  return Tensor::share(values.dtype(), with_rows(values, static_cast<std::int64_t>(indices.size())), bytes, bytes.get());
}

Tensor take_counted(const Tensor& values, const Tensor& mask) {
  if (values.rank() < mask.rank() || !std::equal(mask.shape().begin(), mask.shape().end(), values.shape().begin()))
    throw Error(ErrorCode::kInvalidArgument, "a mask " + to_string(mask.shape()) + " does not fit values " + to_string(values.shape()));
  const Tensor counts = mask.cast(DType::kFloat32);
  std::vector<std::int64_t> counted;
  for (std::size_t i = 0; i < counts.floats().size(); ++i)
    if (counts.floats()[i] != 0) counted.push_back(static_cast<std::int64_t>(i));
  Shape shape = {mask.size()};
  shape.insert(shape.end(), values.shape().begin() + static_cast<std::ptrdiff_t>(mask.rank()), values.shape().end());
  return take_rows(values.reshaped(shape), counted);
}

Tensor concatenate_rows(const std::vector<Tensor>& parts) {
  if (parts.empty()) throw Error(ErrorCode::kInvalidArgument, "there are no rows to join");
  if (parts.size() == 1) return parts.front();
  std::int64_t rows = 0;
  bool mixed = false;
  for (const Tensor& part : parts) {
    const bool text = part.dtype() == DType::kString;
    if (row_shape(part) != row_shape(parts.front()) || text != (parts.front().dtype() == DType::kString))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("rows of {} and of {} do not go together", cell(parts.front()), cell(part)));
    mixed = mixed || part.dtype() != parts.front().dtype();
    rows += part.dim(0);
  }
  Shape shape = with_rows(parts.front(), rows);
  if (parts.front().dtype() == DType::kString) return join_strings(parts, std::move(shape));
  if (!mixed) return join_bytes(parts, std::move(shape));
  const bool whole = std::ranges::all_of(parts, [](const Tensor& part) { return fits_int64(part.dtype()); });
  std::vector<Tensor> wide;
  wide.reserve(parts.size());
  for (const Tensor& part : parts) wide.push_back(part.cast(whole ? DType::kInt64 : DType::kFloat64));
  return join_bytes(wide, std::move(shape));
}

}  // namespace upkeep
