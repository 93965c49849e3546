// Random numbers that are the same on every machine and at every optimisation level, and can go on from a recorded place.
// Philox4x32-10 (Salmon et al., SC 2011): a counter-based generator, so streams never overlap and state is three numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace upkeep {

class Random {
 public:
  // `stream` separates uses of one seed: Random(seed, stream_id("shuffle"), epoch).
  explicit Random(std::uint64_t seed, std::uint32_t stream = 0, std::uint32_t substream = 0);

  std::uint32_t next();                      // 32 uniform bits
  double uniform();                          // [0, 1), 53 bits
  float uniform_float();                     // [0, 1), 24 bits
  double uniform(double low, double high);   // [low, high)
  std::uint64_t below(std::uint64_t bound);  // [0, bound), unbiased
  double normal();                           // mean 0, standard deviation 1 (Box-Muller)
  double truncated_normal();                 // redrawn beyond two standard deviations
  void fill_uniform(std::span<float> out);   // [0, 1); fast
  std::vector<std::int64_t> permutation(std::int64_t n);

  Json state() const;  // {seed, stream, substream, position}
  static Random from_state(const Json& state);

 private:
  void refill();

  std::uint64_t seed_;
  std::uint32_t stream_;
  std::uint32_t substream_;
  std::uint64_t position_ = 0;  // 32-bit words handed out
  std::uint32_t block_[4] = {};
};

std::uint32_t stream_id(std::string_view name);  // FNV-1a
std::uint64_t random_seed();                     // from the operating system, for users who gave none; print and record it

}  // namespace upkeep
