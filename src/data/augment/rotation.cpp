// Turns an image about its centre c by a random angle t (Keras: RandomRotation). Output pixel p reads
//
//   c + R (p - c),   R = [cos t  -sin t]
//                        [sin t   cos t]      so a positive angle turns the picture counter-clockwise

#include <cmath>
#include <numbers>

#include "data/augment/geometric.hpp"

namespace upkeep::augment {

struct Rotation : SamplingSettings {
  std::vector<double> factor = {0.05};
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Rotation> = augment::describe_geometric<augment::Rotation>(
    "rotation", "turn the image about its centre",
    field("factor", &augment::Rotation::factor, "largest turn either way, or [low, high], as a part of the whole circle",
          range(-1.0, 1.0)));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomRotation : public Geometric<Rotation> {
 public:
  explicit RandomRotation(const Rotation& options) : Geometric(options), factor_(symmetric(options.factor, "factor")) {}

  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    const double angle = factor_.draw(random) * 2 * std::numbers::pi;
    const double cx = (sample.image.shape.width - 1) / 2.0;
    const double cy = (sample.image.shape.height - 1) / 2.0;
    const double cosine = std::cos(angle);
    const double sine = std::sin(angle);
    warp(sample, {cosine, -sine, cx - cosine * cx + sine * cy, sine, cosine, cy - sine * cx - cosine * cy, 0, 0, 1}, sampling_);
  }

 private:
  const Interval factor_;
};

}  // namespace

void add_rotation(AugmenterCatalog& catalog) { catalog.add(entry<RandomRotation>({"RandomRotation"})); }

}  // namespace upkeep::augment
