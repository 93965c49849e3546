// Deletes pixels: one rectangle (Keras: RandomErasing; Zhong et al. 2017, DeVries & Taylor's cutout), or single pixels here and there.
//
// The rectangle's width and height are the parts sqrt(u) and sqrt(v) of the image's, u and v ~ U[scale], wherever it fits. What is deleted
// gets `fill_value` or, where none is given, noise: N(0, 1) times the largest value, clipped to the range of values. Mask, boxes and labels
// stay.

#include <algorithm>
#include <cmath>

#include "data/augment/common.hpp"

namespace upkeep::augment {

struct Erasing {
  std::vector<double> factor = {1.0};
  std::vector<double> scale = {0.02, 0.33};
  std::optional<double> fill_value;
  std::vector<double> value_range;
};

struct PixelErasing {
  double rate = 0.05;
  std::optional<double> fill_value;
  std::vector<double> value_range;
};

}  // namespace upkeep::augment

namespace upkeep {

using augment::Erasing;
using augment::PixelErasing;

template <>
inline const Settings settings<Erasing> = describe<Erasing>(
    "erasing", "delete a rectangle",
    field("factor", &Erasing::factor, "probability: drawn from [0, factor] or [low, high] for each image", range(0.0, 1.0)),
    field("scale", &Erasing::scale, "width and height are square roots of numbers from [low, high], as parts of the image's",
          range(0.0, 1.0)),
    field("fill_value", &Erasing::fill_value, "the value of deleted pixels (default: noise)"),
    field("value_range", &Erasing::value_range, augment::kValueRangeHelp));

template <>
inline const Settings settings<PixelErasing> = describe<PixelErasing>(
    "pixel_erasing", "delete single pixels", field("rate", &PixelErasing::rate, "part of the pixels", range(0.0, 1.0)),
    field("fill_value", &PixelErasing::fill_value, "the value of deleted pixels (default: noise)"),
    field("value_range", &PixelErasing::value_range, augment::kValueRangeHelp));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

void erase_pixel(float* pixel, int channels, std::optional<double> fill, const Interval& values, Random& random) {
  for (int c = 0; c < channels; ++c)
    pixel[c] = static_cast<float>(std::clamp(fill ? *fill : random.normal() * values.high, values.low, values.high));
}

class RandomErasing : public Configured<Erasing> {
 public:
  explicit RandomErasing(const Erasing& options)
      : Configured(options), factor_(from_zero(options.factor, "factor")), scale_(from_zero(options.scale, "scale")) {
    expect_value_range(options.value_range);
  }

  void apply(Sample& sample, const DataFacts& facts, Random& random) const override {
    if (!happens(factor_, random)) return;
    Image& image = sample.image;
    const Interval across = place(image.shape.width, random);
    const Interval down = place(image.shape.height, random);
    const Interval values = value_range(options_.value_range, facts);
    for (int y = 0; y < image.shape.height; ++y)
      for (int x = 0; x < image.shape.width; ++x)
        if (x >= across.low && x < across.high && y >= down.low && y < down.high)
          erase_pixel(image.at(y, x), image.shape.channels, options_.fill_value, values, random);
  }

 private:
  Interval place(int length, Random& random) const {
    const double size = std::sqrt(scale_.draw(random)) * length;
    const double begin = random.uniform() * (length - size);
    return {begin, begin + size};
  }

  const Interval factor_;
  const Interval scale_;
};

class RandomPixelErasing : public Configured<PixelErasing> {
 public:
  explicit RandomPixelErasing(const PixelErasing& options) : Configured(options) { expect_value_range(options.value_range); }

  void apply(Sample& sample, const DataFacts& facts, Random& random) const override {
    Image& image = sample.image;
    const Interval values = value_range(options_.value_range, facts);
    for (int y = 0; y < image.shape.height; ++y)
      for (int x = 0; x < image.shape.width; ++x)
        if (random.uniform() < options_.rate) erase_pixel(image.at(y, x), image.shape.channels, options_.fill_value, values, random);
  }
};

}  // namespace

void add_erasing(AugmenterCatalog& catalog) {
  catalog.add(entry<RandomErasing>({"RandomErasing"}));
  catalog.add(entry<RandomPixelErasing>());
}

}  // namespace upkeep::augment
