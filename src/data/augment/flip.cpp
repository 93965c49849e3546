// Mirrors an image (Keras: RandomFlip): left and right, top and bottom, each with probability 1/2. Boxes and mask are mirrored with it.

#include <algorithm>

#include "data/augment/common.hpp"

namespace upkeep::augment {

struct Flip {
  std::string mode = "horizontal_and_vertical";
  double probability = 0.5;
};
struct FlipHorizontal {
  double probability = 0.5;
};
struct FlipVertical {
  double probability = 0.5;
};

}  // namespace upkeep::augment

namespace upkeep {

using augment::Flip;
using augment::FlipHorizontal;
using augment::FlipVertical;

template <>
inline const Settings settings<Flip> = describe<Flip>(
    "flip", "mirror the image",
    field("mode", &Flip::mode, "the directions that may be mirrored", one_of({"horizontal", "vertical", "horizontal_and_vertical"})),
    field("probability", &Flip::probability, "of each direction", range(0.0, 1.0)));
template <>
inline const Settings settings<FlipHorizontal> =
    describe<FlipHorizontal>("flip_horizontal", "mirror the image, left to right",
                             field("probability", &FlipHorizontal::probability, "of a mirrored image", range(0.0, 1.0)));
template <>
inline const Settings settings<FlipVertical> =
    describe<FlipVertical>("flip_vertical", "mirror the image, top to bottom",
                           field("probability", &FlipVertical::probability, "of a mirrored image", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

void flip_columns(Image& image) {
  for (int y = 0; y < image.shape.height; ++y)
    for (int x = 0; x < image.shape.width / 2; ++x)
      std::swap_ranges(image.at(y, x), image.at(y, x) + image.shape.channels, image.at(y, image.shape.width - 1 - x));
}

void flip_rows(Image& image) {
  const int row = image.shape.width * image.shape.channels;
  for (int y = 0; y < image.shape.height / 2; ++y)
    std::swap_ranges(image.at(y, 0), image.at(y, 0) + row, image.at(image.shape.height - 1 - y, 0));
}

void flip_horizontal(Sample& sample) {
  flip_columns(sample.image);
  if (!sample.mask.empty()) flip_columns(sample.mask);
  for (Box& box : sample.boxes)
    box = {sample.image.shape.width - box.right, box.top, sample.image.shape.width - box.left, box.bottom, box.label};
}

void flip_vertical(Sample& sample) {
  flip_rows(sample.image);
  if (!sample.mask.empty()) flip_rows(sample.mask);
  for (Box& box : sample.boxes)
    box = {box.left, sample.image.shape.height - box.bottom, box.right, sample.image.shape.height - box.top, box.label};
}

class RandomFlip : public Configured<Flip> {
 public:
  using Configured::Configured;
  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    if (options_.mode != "vertical" && random.uniform() < options_.probability) flip_horizontal(sample);
    if (options_.mode != "horizontal" && random.uniform() < options_.probability) flip_vertical(sample);
  }
};

class RandomFlipHorizontal : public Configured<FlipHorizontal> {
 public:
  using Configured::Configured;
  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    if (random.uniform() < options_.probability) flip_horizontal(sample);
  }
};

class RandomFlipVertical : public Configured<FlipVertical> {
 public:
  using Configured::Configured;
  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    if (random.uniform() < options_.probability) flip_vertical(sample);
  }
};

}  // namespace

void add_flip(AugmenterCatalog& catalog) {
  catalog.add(entry<RandomFlip>({"RandomFlip"}));
  catalog.add(entry<RandomFlipHorizontal>());
  catalog.add(entry<RandomFlipVertical>());
}

}  // namespace upkeep::augment
