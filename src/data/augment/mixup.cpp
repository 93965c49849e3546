// Lays one sample over another (Zhang et al. 2017; Keras: MixUp), labels and masks as well:
//
//   x = w x1 + (1 - w) x2,   w ~ Beta(alpha, alpha) for each sample

#include "data/augment/common.hpp"
#include "data/augment/shared/beta.hpp"

namespace upkeep::augment {

struct MixUp {
  double alpha = 0.2;
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::MixUp> = describe<augment::MixUp>(
    "mixup", "lay another sample of the batch over it, and mix their labels alike",
    field("alpha", &augment::MixUp::alpha, "of the Beta distribution of weights: near 0 one of the two nearly vanishes, 1 is any weight",
          range(0.0, 1e3, Ends::kOpenLeft)));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

void blend(std::vector<float>& into, const std::vector<float>& other, float weight) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = weight * into[i] + (1.0f - weight) * other[i];
}

class RandomMixUp : public Configured<MixUp> {
 public:
  using Configured::Configured;
  bool takes_rows() const override { return true; }
  Mixing mixing() const override { return Mixing::kBlend; }
  void apply(Sample&, const DataFacts&, Random&) const override {}

  void mix(Sample& sample, const Sample& other, Random& random) const override {
    const auto weight = static_cast<float>(symmetric_beta(options_.alpha, random));
    blend(sample.image.pixels, other.image.pixels, weight);
    blend(sample.mask.pixels, other.mask.pixels, weight);
    blend(sample.labels, other.labels, weight);
  }
};

}  // namespace

void add_mixup(AugmenterCatalog& catalog) { catalog.add(entry<RandomMixUp>({"MixUp"})); }

}  // namespace upkeep::augment
