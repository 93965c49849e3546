#include "upkeep/random.hpp"

#include "base/random.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

Tensor random_uniform(const Shape& shape, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  Random(seed, stream_id("random_uniform")).fill_uniform(values);
  return Tensor(shape, std::move(values));
}

Tensor random_normal(const Shape& shape, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  Random random(seed, stream_id("random_normal"));
  for (float& value : values) value = static_cast<float>(random.normal());
  return Tensor(shape, std::move(values));
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (a.rank() != 2 || b.rank() != 2 || a.dim(1) != b.dim(0))
    throw Error(ErrorCode::kInvalidArgument, "cannot multiply " + to_string(a.shape()) + " by " + to_string(b.shape()),
                "[n, k] times [k, m]");
  const auto n = static_cast<std::size_t>(a.dim(0)), k = static_cast<std::size_t>(a.dim(1)), m = static_cast<std::size_t>(b.dim(1));
  const auto left = a.floats(), right = b.floats();
  std::vector<float> product(n * m);
  for (std::size_t row = 0; row < n; ++row)
    for (std::size_t i = 0; i < k; ++i)
      for (std::size_t column = 0; column < m; ++column) product[row * m + column] += left[row * k + i] * right[i * m + column];
  return Tensor({a.dim(0), b.dim(1)}, std::move(product));
}

Tensor add(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape())
    throw Error(ErrorCode::kInvalidArgument, "cannot add " + to_string(a.shape()) + " and " + to_string(b.shape()), "both need one shape");
  std::vector<float> sum(a.floats().begin(), a.floats().end());
  std::ranges::transform(sum, b.floats(), sum.begin(), std::plus());
  return Tensor(a.shape(), std::move(sum));
}

}  // namespace upkeep
