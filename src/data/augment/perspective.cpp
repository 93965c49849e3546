// Looks at the image from aslant (Keras: RandomPerspective): each corner s of the image moves to e = s + s u, u ~ U[-scale/2, scale/2) for
// x and y, so that the top left one stays. What takes the unit square to four points is Heckbert's (Fundamentals of Texture Mapping, 1989,
// section 2.2.3); its inverse says where an output pixel is read.

#include "data/augment/geometric.hpp"

namespace upkeep::augment {

struct Perspective : SamplingSettings {
  std::vector<double> factor = {1.0};
  double scale = 1.0;
  Perspective() { fill_mode = "constant"; }
};

}  // namespace upkeep::augment

namespace upkeep {

template <>
inline const Settings settings<augment::Perspective> = augment::describe_geometric<augment::Perspective>(
    "perspective", "look at the image from aslant",
    field("factor", &augment::Perspective::factor, "probability: drawn from [0, factor] or [low, high] for each image", range(0.0, 1.0)),
    field("scale", &augment::Perspective::scale, "how far the corners move: by up to half of this part of the image", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::augment {

namespace {

struct Corner {
  double x;
  double y;
};

// (0, 0), (1, 0), (0, 1), (1, 1) go to these.
Homography from_unit_square(const std::array<Corner, 4>& to) {
  const auto& [a, b, c, d] = to;
  const double sum_x = a.x - b.x + d.x - c.x;
  const double sum_y = a.y - b.y + d.y - c.y;
  const double dx1 = b.x - d.x;
  const double dy1 = b.y - d.y;
  const double dx2 = c.x - d.x;
  const double dy2 = c.y - d.y;
  const double area = dx1 * dy2 - dx2 * dy1;
  const double g = (sum_x * dy2 - dx2 * sum_y) / area;
  const double h = (dx1 * sum_y - sum_x * dy1) / area;
  return {b.x - a.x + g * b.x, c.x - a.x + h * c.x, a.x, b.y - a.y + g * b.y, c.y - a.y + h * c.y, a.y, g, h, 1};
}

class RandomPerspective : public Geometric<Perspective> {
 public:
  explicit RandomPerspective(const Perspective& options) : Geometric(options), factor_(from_zero(options.factor, "factor")) {}

  ImageShape output(const ImageShape& in) const override {
    if (in.width < 2 || in.height < 2)
      throw Error(ErrorCode::kInvalidArgument, "images of " + to_string(in) + " have no four corners", "2 x 2 at least");
    return in;
  }

  void apply(Sample& sample, const DataFacts&, Random& random) const override {
    const double right = sample.image.shape.width - 1;
    const double bottom = sample.image.shape.height - 1;
    if (!happens(factor_, random)) return;
    std::array<Corner, 4> corners = {{{0, 0}, {right, 0}, {0, bottom}, {right, bottom}}};
    const Interval part = {-0.5 * options_.scale, 0.5 * options_.scale};
    for (Corner& corner : corners) {
      corner.x += corner.x * part.draw(random);
      corner.y += corner.y * part.draw(random);
    }
    Homography to_input = inverse(from_unit_square(corners));
    for (std::size_t i = 0; i < 3; ++i) {
      to_input[i] *= right;
      to_input[3 + i] *= bottom;
    }
    warp(sample, to_input, sampling_);
  }

 private:
  const Interval factor_;
};

}  // namespace

void add_perspective(AugmenterCatalog& catalog) { catalog.add(entry<RandomPerspective>({"RandomPerspective"})); }

}  // namespace upkeep::augment
