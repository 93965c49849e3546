#include "graph/permutation.hpp"

#include <algorithm>
#include <cstring>

namespace upkeep {

Tensor permuted(const Tensor& tensor, const Permutation& order) {
  const std::size_t rank = tensor.rank();
  std::vector<std::size_t> strides(rank, 1);  // of the tensor, in elements
  for (std::size_t axis = rank; axis-- > 1;) strides[axis - 1] = strides[axis] * static_cast<std::size_t>(tensor.dim(axis));
  Shape shape;
  for (const std::int64_t axis : order) shape.push_back(tensor.dim(static_cast<std::size_t>(axis)));
  const std::size_t width = size_bits(tensor.dtype()) / 8;
  if (width == 0) throw Error(ErrorCode::kUnsupported, "a constant of type " + to_string(tensor.dtype()) + " cannot be transposed");
  std::vector<std::byte> bytes(tensor.size_bytes());
  std::vector<std::int64_t> index(rank, 0);
  std::size_t from = 0;
  for (std::size_t to = 0; to < bytes.size(); to += width) {
    std::memcpy(bytes.data() + to, tensor.bytes().data() + from * width, width);
    for (std::size_t axis = rank; axis-- > 0;) {
      from += strides[static_cast<std::size_t>(order[axis])];
      if (++index[axis] < shape[axis]) break;
      from -= strides[static_cast<std::size_t>(order[axis])] * static_cast<std::size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return Tensor::from_bytes(tensor.dtype(), std::move(shape), bytes);
}

Tensor taken(const Tensor& tensor, std::size_t axis, const Permutation& places) {
  std::size_t inner = size_bits(tensor.dtype()) / 8, outer = 1;
  for (std::size_t i = axis + 1; i < tensor.rank(); ++i) inner *= static_cast<std::size_t>(tensor.dim(i));
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(tensor.dim(i));
  const auto length = static_cast<std::size_t>(tensor.dim(axis));
  std::vector<std::byte> bytes;
  bytes.reserve(outer * places.size() * inner);
  for (std::size_t block = 0; block < outer; ++block)
    for (const std::int64_t place : places) {
      const auto from = tensor.bytes().subspan((block * length + static_cast<std::size_t>(place)) * inner, inner);
      bytes.insert(bytes.end(), from.begin(), from.end());
    }
  Shape shape = tensor.shape();
  shape[axis] = static_cast<std::int64_t>(places.size());
  return Tensor::from_bytes(tensor.dtype(), std::move(shape), bytes);
}

Permutation inverse(const Permutation& permutation) {
  Permutation made(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) made[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
  return made;
}

bool is_identity(const Permutation& permutation) { return std::ranges::is_sorted(permutation); }

}  // namespace upkeep
