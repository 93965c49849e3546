#include "train/ranks.hpp"

namespace upkeep {

// Equal parts, the first ones larger by one where it does not come out even.
std::span<const std::int64_t> Ranks::share(std::span<const std::int64_t> batch) const {
  const std::size_t size = batch.size() / count();
  const std::size_t larger = batch.size() % count();
  const std::size_t begin = rank() * size + std::min(rank(), larger);
  return batch.subspan(begin, size + (rank() < larger ? 1 : 0));
}

}  // namespace upkeep
