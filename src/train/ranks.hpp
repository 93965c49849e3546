// The seam for many machines: how the processes (or threads) that train one model together share the work and put it together again.
//
// All ranks run the same loop over the same data, in the same order. Of each batch a rank takes its share, and before the optimiser's step
// the gradients of all are summed; so all make the same step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace upkeep {

class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual std::size_t rank() const = 0;  // of this process: 0 is first
  virtual std::size_t count() const = 0;

  // This rank's rows of a batch. Every row belongs to one rank; a rank may get none.
  virtual std::span<const std::int64_t> share(std::span<const std::int64_t> batch) const;
  // Every rank calls this with as many values; afterwards each has the sums, bit for bit the same.
  virtual void sum(std::span<float> values) = 0;
  // What every rank gave, by rank.
  virtual std::vector<std::string> gather(const std::string& mine) = 0;
};

// One process alone.
class OneRank : public Ranks {
 public:
  std::size_t rank() const override { return 0; }
  std::size_t count() const override { return 1; }
  void sum(std::span<float>) override {}
  std::vector<std::string> gather(const std::string& mine) override { return {mine}; }
};

}  // namespace upkeep
