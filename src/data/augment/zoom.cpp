// Zooms about the centre c (Keras: RandomZoom): output pixel p reads c + z (p - c), z = 1 + factor in each direction.
// A negative factor shows less of the image, larger; a positive one shows more, smaller.

#include "data/augment/geometric.hpp"

namespace upkeep::augment {

struct Zoom : SamplingSettings {
  std::vector<double> height_factor = {0.1};
  std::vector<double> width_factor;
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Zoom> = augment::describe_geometric<augment::Zoom>(
    "zoom", "show less of the image, or more",
    field("height_factor", &augment::Zoom::height_factor, "largest change either way, or [low, high]; -0.1 shows a tenth less",
          range(-1.0, 1.0, Ends::kOpenLeft)),
    field("width_factor", &augment::Zoom::width_factor, "the same across (default: as the height, which keeps proportions)",
          range(-1.0, 1.0, Ends::kOpenLeft)));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomZoom : public Geometric<Zoom> {
 public:
  explicit RandomZoom(const Zoom& options) : Geometric(options), height_(symmetric(options.height_factor, "height_factor")) {
    if (!options.width_factor.empty()) width_ = symmetric(options.width_factor, "width_factor");
  }

  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    const double zy = 1 + height_.draw(random);
    const double zx = width_ ? 1 + width_->draw(random) : zy;
    const double cx = (sample.image.shape.width - 1) / 2.0;
    const double cy = (sample.image.shape.height - 1) / 2.0;
    warp(sample, {zx, 0, cx * (1 - zx), 0, zy, cy * (1 - zy), 0, 0, 1}, sampling_);
  }

 private:
  const Interval height_;
  std::optional<Interval> width_;
};

}  // namespace

void add_zoom(AugmenterCatalog& catalog) { catalog.add(entry<RandomZoom>({"RandomZoom"})); }

}  // namespace upkeep::augment
