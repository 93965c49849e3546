// Shifts an image by random parts of its height and width (Keras: RandomTranslation): output pixel (x, y) reads (x - dx, y - dy).
// Positive factors shift right and down.

#include "data/augment/geometric.hpp"

namespace upkeep::augment {

struct Translation : SamplingSettings {
  std::vector<double> height_factor = {0.1};
  std::vector<double> width_factor = {0.1};
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Translation> = augment::describe_geometric<augment::Translation>(
    "translation", "shift the image",
    field("height_factor", &augment::Translation::height_factor, "largest shift up or down, or [low, high], as a part of the height",
          range(-1.0, 1.0)),
    field("width_factor", &augment::Translation::width_factor, "largest shift left or right, or [low, high], as a part of the width",
          range(-1.0, 1.0)));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomTranslation : public Geometric<Translation> {
 public:
  explicit RandomTranslation(const Translation& options)
      : Geometric(options),
        height_(symmetric(options.height_factor, "height_factor")),
        width_(symmetric(options.width_factor, "width_factor")) {}

  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    const double dy = height_.draw(random) * sample.image.shape.height;
    const double dx = width_.draw(random) * sample.image.shape.width;
    warp(sample, {1, 0, -dx, 0, 1, -dy, 0, 0, 1}, sampling_);
  }

 private:
  const Interval height_;
  const Interval width_;
};

}  // namespace

void add_translation(AugmenterCatalog& catalog) { catalog.add(entry<RandomTranslation>({"RandomTranslation"})); }

}  // namespace upkeep::augment
