// Adds noise, N(0, stddev^2), to every number (Keras: GaussianNoise): to pixels, and to the features of a table. With `relative`, stddev
// counts in the range of values of images, and in each feature's own standard deviation: features of any scale get noise that fits.

#include "data/augment/common.hpp"

namespace upkeep::augment {

struct GaussianNoise {
  double stddev = 0.1;
  bool relative = false;
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::GaussianNoise> =
    describe<augment::GaussianNoise>("gaussian_noise", "add noise to pixels, or to the features of a table",
                                     field("stddev", &augment::GaussianNoise::stddev, "standard deviation of the noise", range(0.0, 1e6)),
                                     field("relative", &augment::GaussianNoise::relative,
                                           "stddev counts in the images' range of values, or in each feature's standard deviation"));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomNoise : public Configured<GaussianNoise> {
 public:
  using Configured::Configured;
  bool takes_rows() const override { return true; }

  void apply(Sample& sample, const DataFacts& facts, Random& random) const override {
    const bool own_scale = options_.relative && facts.deviations.size() == sample.image.pixels.size();
    const double scale = options_.relative && !own_scale ? options_.stddev * (facts.high - facts.low) : options_.stddev;
    for (std::size_t i = 0; i < sample.image.pixels.size(); ++i)
      sample.image.pixels[i] += static_cast<float>(random.normal() * scale * (own_scale ? facts.deviations[i] : 1.0f));
  }
};

}  // namespace

void add_gaussian_noise(AugmenterCatalog& catalog) { catalog.add(entry<RandomNoise>({"GaussianNoise"})); }

}  // namespace upkeep::augment
