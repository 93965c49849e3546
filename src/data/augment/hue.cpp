// Turns the circle of colours (Keras: RandomHue) by half of f either way, f ~ U[factor]; 1 is the whole circle.

#include <cmath>

#include "data/augment/shared/hsv.hpp"

namespace upkeep::augment {

struct Hue {
  std::vector<double> factor = {0.1};
  std::vector<double> value_range;
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Hue> = describe<augment::Hue>(
    "hue", "turn the circle of colours",
    field("factor", &augment::Hue::factor, "twice the largest turn either way, or [low, high]; 1 is the whole circle", range(0.0, 1.0)),
    field("value_range", &augment::Hue::value_range, augment::kValueRangeHelp));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomHue : public Configured<Hue> {
 public:
  explicit RandomHue(const Hue& options) : Configured(options), factor_(from_zero(options.factor, "factor")) {
    expect_value_range(options.value_range);
  }

  ImageShape output(const ImageShape& in) const override {
    expect_colour(in);
    return in;
  }

  void apply(Sample& sample, const DataFacts& facts, Random& random) const override {
    const double sign = random.uniform() > 0.5 ? -0.5 : 0.5;
    const auto turn = static_cast<float>(sign * factor_.draw(random));
    change_colours(sample.image, value_range(options_.value_range, facts), [turn](Hsv& colour) {
      const float hue = colour.hue + turn;
      colour.hue = hue - std::floor(hue);
    });
  }

 private:
  const Interval factor_;
};

}  // namespace

void add_hue(AugmenterCatalog& catalog) { catalog.add(entry<RandomHue>({"RandomHue"})); }

}  // namespace upkeep::augment
