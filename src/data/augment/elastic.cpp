// Elastic deformation (Simard, Steinkraus & Platt, "Best practices for convolutional neural networks", 2003): every pixel is read from a
// place that is shifted by a smooth random field.
//
//   dx, dy = alpha * blur(U[-1, 1) for each pixel),   blur a Gaussian of standard deviation sigma, mirrored at the edge
//
// The defaults are Simard's for digits of 28 pixels (alpha 34, sigma 4), in proportion to the image. Keras's RandomElasticTransform draws
// normal numbers instead, and one strength for the whole batch.

#include <algorithm>

#include "data/augment/geometric.hpp"
#include "data/images/imaging.hpp"

namespace upkeep::augment {

struct Elastic : SamplingSettings {
  std::vector<double> factor = {1.0, 1.0};
  std::optional<double> alpha;
  std::optional<double> sigma;
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Elastic> = augment::describe_geometric<augment::Elastic>(
    "elastic", "deform the image elastically",
    field("factor", &augment::Elastic::factor, "probability: drawn from [0, factor] or [low, high] for each image", range(0.0, 1.0)),
    field("alpha", &augment::Elastic::alpha, "strength (default: 34 / 28 of the larger side)", "pixels", range(0.0, 1e6)),
    field("sigma", &augment::Elastic::sigma, "smoothness (default: 4 / 28 of the smaller side)", "pixels",
          range(0.0, 1e4, Ends::kOpenLeft)));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomElastic : public Geometric<Elastic> {
 public:
  explicit RandomElastic(const Elastic& options) : Geometric(options), factor_(from_zero(options.factor, "factor")) {}

  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    if (!happens(factor_, random)) return;
    const std::vector<float> dx = field(sample.image.shape, random);
    const std::vector<float> dy = field(sample.image.shape, random);
    warp(sample, Displacement{dx, dy}, sampling_);
  }

 private:
  std::vector<float> field(const ImageShape& shape, Random& random) const {
    const double alpha = options_.alpha.value_or(34.0 / 28.0 * std::max(shape.width, shape.height));
    const double sigma = options_.sigma.value_or(4.0 / 28.0 * std::min(shape.width, shape.height));
    std::vector<float> values(static_cast<std::size_t>(shape.width) * static_cast<std::size_t>(shape.height));
    random.fill_uniform(values);
    for (float& value : values) value = 2.0f * value - 1.0f;
    images::blur(values, shape.height, shape.width, sigma);
    for (float& value : values) value *= static_cast<float>(alpha);
    return values;
  }

  const Interval factor_;
};

}  // namespace

void add_elastic(AugmenterCatalog& catalog) { catalog.add(entry<RandomElastic>({"RandomElasticTransform"})); }

}  // namespace upkeep::augment
