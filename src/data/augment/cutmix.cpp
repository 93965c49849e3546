// Pastes a rectangle of another sample in (Yun et al. 2019; Keras: CutMix). Its sides are the part sqrt(1 - w) of the image's, with
// w ~ Beta(a, a), a ~ U[factor] for each sample. Labels are mixed by the pixels that were pasted; masks are pasted as the image is.

#include <algorithm>
#include <cmath>

#include "data/augment/common.hpp"
#include "data/augment/shared/beta.hpp"

namespace upkeep::augment {

struct CutMix {
  std::vector<double> factor = {1.0};
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::CutMix> =
    describe<augment::CutMix>("cutmix", "paste a rectangle of another sample of the batch in, and mix their labels by its area",
                              field("factor", &augment::CutMix::factor,
                                    "shape of the Beta distribution of areas: drawn from [0, factor] or [low, high]", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

// Pixels [begin, end).
struct Span {
  int begin;
  int end;
};

void paste(Image& into, const Image& other, Span across, Span down) {
  if (into.empty()) return;
  for (int y = down.begin; y < down.end; ++y)
    std::copy(other.at(y, across.begin), other.at(y, across.begin) + (across.end - across.begin) * other.shape.channels,
              into.at(y, across.begin));
}

class RandomCutMix : public Configured<CutMix> {
 public:
  explicit RandomCutMix(const CutMix& options) : Configured(options), factor_(from_zero(options.factor, "factor")) {}
  Mixing mixing() const override { return Mixing::kPaste; }
  void apply(Sample&, const DataFacts&, Random&) const override {}

  void mix(Sample& sample, const Sample& other, Random& random) const override {
    constexpr double kLeast = 1e-6;  // Keras's
    const double part = std::sqrt(1.0 - symmetric_beta(factor_.draw(random) + kLeast, random));
    const ImageShape& shape = sample.image.shape;
    const Span across = place(shape.width, part, random);
    const Span down = place(shape.height, part, random);
    paste(sample.image, other.image, across, down);
    paste(sample.mask, other.mask, across, down);
    const int pasted = (across.end - across.begin) * (down.end - down.begin);
    const float weight = 1.0f - static_cast<float>(pasted) / static_cast<float>(shape.width * shape.height);
    for (std::size_t i = 0; i < sample.labels.size(); ++i) sample.labels[i] = weight * sample.labels[i] + (1.0f - weight) * other.labels[i];
  }

 private:
  // The pixels x with begin <= x < begin + size.
  static Span place(int length, double part, Random& random) {
    const double size = part * length;
    const double begin = random.uniform() * (length - size);
    return {static_cast<int>(std::ceil(begin)), std::min(length, static_cast<int>(std::ceil(begin + size)))};
  }

  const Interval factor_;
};

}  // namespace

void add_cutmix(AugmenterCatalog& catalog) { catalog.add(entry<RandomCutMix>({"CutMix"})); }

}  // namespace upkeep::augment
