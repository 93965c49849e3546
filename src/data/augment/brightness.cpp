// Makes an image lighter or darker (Keras: RandomBrightness):  y = clip(x + d (high - low), low, high),  one d ~ U[factor] for the image.

#include <algorithm>

#include "data/augment/common.hpp"

namespace upkeep::augment {

struct Brightness {
  std::vector<double> factor = {0.2};
  std::vector<double> value_range;
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Brightness> =
    describe<augment::Brightness>("brightness", "make the image lighter or darker",
                                  field("factor", &augment::Brightness::factor,
                                        "largest change either way, or [low, high], as a part of the range of values", range(-1.0, 1.0)),
                                  field("value_range", &augment::Brightness::value_range, augment::kValueRangeHelp));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomBrightness : public Configured<Brightness> {
 public:
  explicit RandomBrightness(const Brightness& options) : Configured(options), factor_(symmetric(options.factor, "factor")) {
    expect_value_range(options.value_range);
  }

  void apply(Sample& sample, const DataFacts& facts, Random& random) const override {
    const Interval values = value_range(options_.value_range, facts);
    const auto change = static_cast<float>(factor_.draw(random) * (values.high - values.low));
    const auto low = static_cast<float>(values.low);
    const auto high = static_cast<float>(values.high);
    for (float& pixel : sample.image.pixels) pixel = std::clamp(pixel + change, low, high);
  }

 private:
  const Interval factor_;
};

}  // namespace

void add_brightness(AugmenterCatalog& catalog) { catalog.add(entry<RandomBrightness>({"RandomBrightness"})); }

}  // namespace upkeep::augment
