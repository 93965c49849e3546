// Makes colours paler or stronger (Keras: RandomSaturation): saturation times f / (1 - f), f ~ U[factor]: 0 is grey, 0.5 changes nothing,
// 1 is as strong as can be.

#include <algorithm>

#include "data/augment/shared/hsv.hpp"

namespace upkeep::augment {

struct Saturation {
  std::vector<double> factor = {0.3, 0.7};
  std::vector<double> value_range;
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Saturation> = describe<augment::Saturation>(
    "saturation", "make the colours paler or stronger",
    field("factor", &augment::Saturation::factor, "[low, high], or the top of [0, factor]; 0.5 changes nothing", range(0.0, 1.0)),
    field("value_range", &augment::Saturation::value_range, augment::kValueRangeHelp));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomSaturation : public Configured<Saturation> {
 public:
  explicit RandomSaturation(const Saturation& options) : Configured(options), factor_(from_zero(options.factor, "factor")) {
    expect_value_range(options.value_range);
  }

  ImageShape output(const ImageShape& in) const override {
    expect_colour(in);
    return in;
  }

  void apply(Sample& sample, const DataFacts& facts, Random& random) const override {
    const double drawn = factor_.draw(random);
    const auto factor = static_cast<float>(drawn / (1 - drawn + 1e-7));
    change_colours(sample.image, value_range(options_.value_range, facts),
                   [factor](Hsv& colour) { colour.saturation = std::min(colour.saturation * factor, 1.0f); });
  }

 private:
  const Interval factor_;
};

}  // namespace

void add_saturation(AugmenterCatalog& catalog) { catalog.add(entry<RandomSaturation>({"RandomSaturation"})); }

}  // namespace upkeep::augment
