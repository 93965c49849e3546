#include "base/random.hpp"

#include <sys/random.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "upkeep/error.hpp"

namespace upkeep {

// Ten rounds of Philox4x32 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
static void philox(std::uint32_t counter[4], std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    const auto high = [](std::uint64_t product) { return static_cast<std::uint32_t>(product >> 32U); };
    const std::uint32_t next[4] = {high(b) ^ counter[1] ^ key0, static_cast<std::uint32_t>(b), high(a) ^ counter[3] ^ key1,
                                   static_cast<std::uint32_t>(a)};
    std::copy(next, next + 4, counter);
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
}

Random::Random(std::uint64_t seed, std::uint32_t stream, std::uint32_t substream) : seed_(seed), stream_(stream), substream_(substream) {}

void Random::refill() {
  const std::uint64_t number = position_ / 4;
  block_[0] = static_cast<std::uint32_t>(number);
  block_[1] = static_cast<std::uint32_t>(number >> 32U);
  block_[2] = stream_;
  block_[3] = substream_;
  philox(block_, static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32U));
}

std::uint32_t Random::next() {
  if (position_ % 4 == 0) refill();
  return block_[position_++ % 4];
}

double Random::uniform() {
  const std::uint64_t high = next() >> 5U;
  const std::uint64_t low = next() >> 6U;
  return static_cast<double>(high * 67108864U + low) * 0x1p-53;
}

float Random::uniform_float() { return static_cast<float>(next() >> 8U) * 0x1p-24F; }

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

std::uint64_t Random::below(std::uint64_t bound) {
  if (bound == 0) throw Error(ErrorCode::kInternal, "a random number below 0 was asked for");
  const std::uint64_t least = (0 - bound) % bound;  // 2^64 mod bound: below it, some remainders would come up once more than others
  while (true) {
    const std::uint64_t high = next();
    const std::uint64_t value = high << 32U | next();
    if (value >= least) return value % bound;
  }
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double Random::truncated_normal() {
  while (true)
    if (const double value = normal(); std::abs(value) <= 2.0) return value;
}

void Random::fill_uniform(std::span<float> out) {
  std::size_t i = 0;
  for (; i < out.size() && position_ % 4 != 0; ++i) out[i] = uniform_float();
  for (; i + 4 <= out.size(); i += 4) {
    refill();
    for (std::size_t k = 0; k < 4; ++k) out[i + k] = static_cast<float>(block_[k] >> 8U) * 0x1p-24F;
    position_ += 4;
  }
  for (; i < out.size(); ++i) out[i] = uniform_float();
}

std::vector<std::int64_t> Random::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[below(i)]);  // Fisher-Yates
  return order;
}

Json Random::state() const { return {{"seed", seed_}, {"stream", stream_}, {"substream", substream_}, {"position", position_}}; }

Random Random::from_state(const Json& state) {
  try {
    Random made(state.at("seed").get<std::uint64_t>(), state.at("stream").get<std::uint32_t>(), state.at("substream").get<std::uint32_t>());
    made.position_ = state.at("position").get<std::uint64_t>();
    if (made.position_ % 4 != 0) made.refill();
    return made;
  } catch (const Json::exception&) {
    throw Error(ErrorCode::kCorrupt, "not the state of a random generator: " + state.dump());
  }
}

std::uint32_t stream_id(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) throw Error(ErrorCode::kIo, "the operating system gives no random numbers");
  return seed;
}

}  // namespace upkeep
