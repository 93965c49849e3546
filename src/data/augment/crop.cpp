// Cuts a window of fixed size from a random place (Keras: RandomCrop; torchvision's padding): the image is first widened by `padding`
// pixels on every side. Windows larger than that are refused; Keras would resize them.

#include "base/format.hpp"
#include "data/augment/geometric.hpp"

namespace upkeep::augment {

struct Crop {
  std::optional<int> height;
  std::optional<int> width;
  int padding = 0;
  std::string fill_mode = "constant";
  double fill_value = 0.0;
};

}  // namespace upkeep::augment

namespace upkeep {

using augment::Crop;

template <>
inline const Settings settings<Crop> =
    describe<Crop>("crop", "cut a window from a random place",
                   field("height", &Crop::height, "of the window (default: as the image)", "pixels", range(1, 65536)),
                   field("width", &Crop::width, "of the window (default: as the image)", "pixels", range(1, 65536)),
                   field("padding", &Crop::padding, "added on every side first", "pixels", range(0, 65536)),
                   field("fill_mode", &Crop::fill_mode, "what is added", one_of(augment::fill_modes())),
                   field("fill_value", &Crop::fill_value, "the value that is added, with fill_mode constant"));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

class RandomCrop : public Configured<Crop> {
 public:
  explicit RandomCrop(const Crop& options) : Configured(options), sampling_(sampling("nearest", options.fill_mode, options.fill_value)) {}

  ImageShape output(const ImageShape& in) const override {
    const ImageShape out = {options_.height.value_or(in.height), options_.width.value_or(in.width), in.channels};
    const ImageShape padded = {in.height + 2 * options_.padding, in.width + 2 * options_.padding, in.channels};
    if (out.height > padded.height || out.width > padded.width)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("a window of {} x {} is larger than the image, {} x {} with a padding of {}", out.height, out.width,
                                 padded.height, padded.width, options_.padding),
                  "give a smaller height and width, or a larger padding");
    return out;
  }

  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    const ImageShape out = output(sample.image.shape);
    const int padding = options_.padding;
    const int top = place(sample.image.shape.height + 2 * padding - out.height, random) - padding;
    const int left = place(sample.image.shape.width + 2 * padding - out.width, random) - padding;
    warp(sample, {1, 0, double(left), 0, 1, double(top), 0, 0, 1}, sampling_, out);
  }

 private:
  static int place(int room, Random& random) { return static_cast<int>(random.below(static_cast<std::uint64_t>(room) + 1)); }

  const Sampling sampling_;
};

}  // namespace

void add_crop(AugmenterCatalog& catalog) { catalog.add(entry<RandomCrop>({"RandomCrop"})); }

}  // namespace upkeep::augment
