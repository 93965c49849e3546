// Cuts a window of random size and proportions and resizes it (Szegedy et al. 2014; torchvision: RandomResizedCrop): area ~ U[scale] of the
// image, log(width / height) ~ U[log ratio]. After ten windows that do not fit, the largest in the middle whose proportions are allowed.

#include <algorithm>
#include <cmath>

#include "data/augment/geometric.hpp"

namespace upkeep::augment {

struct ResizedCrop {
  std::optional<int> height;
  std::optional<int> width;
  std::vector<double> scale = {0.08, 1.0};
  std::vector<double> ratio = {0.75, 4.0 / 3.0};
  std::string interpolation = "bilinear";
};

}  // namespace upkeep::augment

namespace upkeep {

using augment::ResizedCrop;

template <>
inline const Settings settings<ResizedCrop> = describe<ResizedCrop>(
    "resized_crop", "cut a window of random size and proportions, and resize it",
    field("height", &ResizedCrop::height, "of the result (default: as the image)", "pixels", range(1, 65536)),
    field("width", &ResizedCrop::width, "of the result (default: as the image)", "pixels", range(1, 65536)),
    field("scale", &ResizedCrop::scale, "area of the window, [low, high], as a part of the image's", range(0.0, 1.0, Ends::kOpenLeft)),
    field("ratio", &ResizedCrop::ratio, "width by height of the window, [low, high]", range(0.0, 1000.0, Ends::kOpenLeft)),
    field("interpolation", &ResizedCrop::interpolation, "how a place between pixels is read", one_of(augment::interpolations())));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

struct Window {
  int left;
  int top;
  int width;
  int height;
};

class RandomResizedCrop : public Configured<ResizedCrop> {
 public:
  explicit RandomResizedCrop(const ResizedCrop& options)
      : Configured(options), scale_(ends(options.scale, "scale")), ratio_(ends(options.ratio, "ratio")) {}

  ImageShape output(const ImageShape& in) const override {
    return {options_.height.value_or(in.height), options_.width.value_or(in.width), in.channels};
  }

  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    const ImageShape out = output(sample.image.shape);
    const Window window = choose(sample.image.shape, random);
    // First the cut, so that the resized edge knows nothing of what lies beyond it.
    warp(sample, {1, 0, double(window.left), 0, 1, double(window.top), 0, 0, 1}, sampling("nearest", "nearest", 0),
         {window.height, window.width, out.channels});
    const double zx = double(window.width) / out.width;
    const double zy = double(window.height) / out.height;
    warp(sample, {zx, 0, 0.5 * zx - 0.5, 0, zy, 0.5 * zy - 0.5, 0, 0, 1}, sampling(options_.interpolation, "nearest", 0), out);
  }

 private:
  static Interval ends(const std::vector<double>& given, const std::string& setting) {
    if (given.size() != 2) throw wrong_setting(setting, "this is no range", "give [low, high]");
    return {std::min(given[0], given[1]), std::max(given[0], given[1])};
  }

  Window choose(const ImageShape& image, Random& random) const {
    const Interval log_ratio = {std::log(ratio_.low), std::log(ratio_.high)};
    for (int i = 0; i < 10; ++i) {
      const double area = scale_.draw(random) * image.width * image.height;
      const double ratio = std::exp(log_ratio.draw(random));
      const auto width = static_cast<int>(std::lround(std::sqrt(area * ratio)));
      const auto height = static_cast<int>(std::lround(std::sqrt(area / ratio)));
      if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
      const auto left = static_cast<int>(random.below(static_cast<std::uint64_t>(image.width - width) + 1));
      const auto top = static_cast<int>(random.below(static_cast<std::uint64_t>(image.height - height) + 1));
      return {left, top, width, height};
    }
    return middle(image);
  }

  Window middle(const ImageShape& image) const {
    const double ratio = std::clamp(double(image.width) / image.height, ratio_.low, ratio_.high);
    const int width = std::clamp(static_cast<int>(std::lround(image.height * ratio)), 1, image.width);
    const int height = std::clamp(static_cast<int>(std::lround(image.width / ratio)), 1, image.height);
    return {(image.width - width) / 2, (image.height - height) / 2, width, height};
  }

  const Interval scale_;
  const Interval ratio_;
};

}  // namespace

void add_resized_crop(AugmenterCatalog& catalog) { catalog.add(entry<RandomResizedCrop>({"RandomResizedCrop"})); }

}  // namespace upkeep::augment
