// Takes features out of a table's row, each with the same probability, as if they had not been known: they get `fill_value`. Unlike
// Dropout, what remains is not scaled up.

#include "data/augment/common.hpp"

namespace upkeep::augment {

struct FeatureDropout {
  double rate = 0.1;
  double fill_value = 0.0;
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::FeatureDropout> =
    describe<augment::FeatureDropout>("feature_dropout", "take features out of a table's row",
                                      field("rate", &augment::FeatureDropout::rate, "probability for each feature", range(0.0, 1.0)),
                                      field("fill_value", &augment::FeatureDropout::fill_value, "what they become"));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomFeatureDropout : public Configured<FeatureDropout> {
 public:
  using Configured::Configured;
  bool takes_rows() const override { return true; }

  ImageShape output(const ImageShape& in) const override {
    if (!in.is_row())
      throw Error(ErrorCode::kInvalidArgument, "takes rows of a table, these are images of " + to_string(in),
                  "pixel_erasing deletes pixels");
    return in;
  }

  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    for (float& feature : sample.image.pixels)
      if (random.uniform() < options_.rate) feature = static_cast<float>(options_.fill_value);
  }
};

}  // namespace

void add_feature_dropout(AugmenterCatalog& catalog) { catalog.add(entry<RandomFeatureDropout>()); }

}  // namespace upkeep::augment
