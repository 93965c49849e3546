// Shears an image, as Keras's RandomShear does, about its top left pixel: output pixel (x, y) reads (x + sx y, y + sy x).
// Both shears get one random sign.

#include "data/augment/geometric.hpp"

namespace upkeep::augment {

struct Shear : SamplingSettings {
  std::vector<double> x_factor = {0.1};
  std::vector<double> y_factor = {0.0};
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Shear> = augment::describe_geometric<augment::Shear>(
    "shear", "slant the image",
    field("x_factor", &augment::Shear::x_factor, "most that a row slips against the next, or [low, high], in pixels; either way",
          range(0.0, 1.0)),
    field("y_factor", &augment::Shear::y_factor, "the same for columns", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomShear : public Geometric<Shear> {
 public:
  explicit RandomShear(const Shear& options)
      : Geometric(options), x_(symmetric(options.x_factor, "x_factor")), y_(symmetric(options.y_factor, "y_factor")) {}

  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    const double sign = random.uniform() > 0.5 ? -1 : 1;
    const double sy = sign * y_.draw(random);
    const double sx = sign * x_.draw(random);
    warp(sample, {1, sx, 0, sy, 1, 0, 0, 0, 1}, sampling_);
  }

 private:
  const Interval x_;
  const Interval y_;
};

}  // namespace

void add_shear(AugmenterCatalog& catalog) { catalog.add(entry<RandomShear>({"RandomShear"})); }

}  // namespace upkeep::augment
