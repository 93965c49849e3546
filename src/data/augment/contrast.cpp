// Spreads values about the mean of each channel, or draws them together (Keras: RandomContrast):
//
//   y = clip((x - mean) f + mean, low, high),   one f ~ U[1 - lower, 1 + upper] for the image

#include <algorithm>

#include "data/augment/common.hpp"

namespace upkeep::augment {

struct Contrast {
  std::vector<double> factor = {0.2};
  std::vector<double> value_range;
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Contrast> =
    describe<augment::Contrast>("contrast", "spread the values about their mean, or draw them together",
                                field("factor", &augment::Contrast::factor,
                                      "most that is taken from 1 or added to it; or two numbers, [taken, added]", range(0.0, 1.0)),
                                field("value_range", &augment::Contrast::value_range, augment::kValueRangeHelp));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomContrast : public Configured<Contrast> {
 public:
  explicit RandomContrast(const Contrast& options) : Configured(options) {
    if (options.factor.empty() || options.factor.size() > 2)
      throw wrong_setting("factor", "this is no factor", "give one number, or [taken, added]");
    factor_ = {1 - options.factor.front(), 1 + options.factor.back()};
    expect_value_range(options.value_range);
  }

  void apply(Sample& sample, const DataFacts& facts, Random& random) const override {
    const auto factor = static_cast<float>(factor_.draw(random));
    const Interval values = value_range(options_.value_range, facts);
    const auto channels = static_cast<std::size_t>(sample.image.shape.channels);
    std::vector<float>& pixels = sample.image.pixels;
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (std::size_t i = c; i < pixels.size(); i += channels) sum += pixels[i];
      const auto mean = static_cast<float>(sum * static_cast<double>(channels) / static_cast<double>(pixels.size()));
      for (std::size_t i = c; i < pixels.size(); i += channels)
        pixels[i] = std::clamp((pixels[i] - mean) * factor + mean, static_cast<float>(values.low), static_cast<float>(values.high));
    }
  }

 private:
  Interval factor_;
};

}  // namespace

void add_contrast(AugmenterCatalog& catalog) { catalog.add(entry<RandomContrast>({"RandomContrast"})); }

}  // namespace upkeep::augment
