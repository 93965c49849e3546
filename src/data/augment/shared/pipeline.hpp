// A list of augmenters in order, as a user writes it: --augment flip_horizontal --augment rotation:factor=0.05.
// Immutable; any thread may run it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/settings.hpp"
#include "data/augment/augment.hpp"

namespace upkeep::augment {

// Whence the chances of a batch come.
struct BatchPlace {
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  std::span<const std::int64_t> rows;  // of the data set, one per sample
};

class Pipeline {
 public:
  Pipeline() = default;
  // Throws Error: an unknown augmenter or setting, a value out of its range; the frame names the augmenter.
  explicit Pipeline(const std::vector<NamedSettings>& list);
  static Pipeline parse(const std::vector<std::string>& list);  // "rotation:factor=0.05"

  bool empty() const { return stages_.empty(); }
  Mixing mixing() const;  // the most that any stage does
  // The shape that samples of this shape get. Throws Error{kInvalidArgument} where a member cannot take them.
  ImageShape output(const ImageShape& in) const;
  // Changes the samples in place.
  void run(std::span<Sample> samples, const DataFacts& facts, const BatchPlace& place) const;

 private:
  struct Stage {
    std::string name;
    std::shared_ptr<const Augmenter> augmenter;
  };
  void mix(const Stage& stage, std::size_t number, std::span<Sample> samples, const BatchPlace& place) const;

  std::vector<Stage> stages_;
};

// The chances of one sample in the augmenter `stage` of the list.
Random sample_random(const BatchPlace& place, std::size_t stage, std::int64_t row);

}  // namespace upkeep::augment
