#include "data/augment/shared/warp.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace upkeep::augment {

namespace {

struct Place {
  double x;
  double y;
};

constexpr int kOutside = -1;
constexpr double kFarthest = 1e8;  // beyond it, and for NaN, there is nothing to read

// The pixel that stands at `i` of an endless row that goes on from `size` pixels by `mode`.
int resolve(int i, int size, FillMode mode) {
  if (i >= 0 && i < size) return i;
  switch (mode) {
    case FillMode::kConstant: return kOutside;
    case FillMode::kNearest: return i < 0 ? 0 : size - 1;
    case FillMode::kWrap: return ((i % size) + size) % size;
    case FillMode::kReflect: {
      const int period = 2 * size;
      const int place = ((i % period) + period) % period;
      return place < size ? place : period - 1 - place;
    }
  }
  std::unreachable();
}

class Reader {
 public:
  Reader(const Image& image, const Sampling& sampling) : image_(image), sampling_(sampling) {}

  void read(Place from, float* to) const {
    if (!(std::abs(from.x) < kFarthest && std::abs(from.y) < kFarthest)) return fill(to);
    if (sampling_.bilinear) bilinear(from, to);
    else nearest(from, to);
  }

 private:
  const float* pixel(int x, int y) const {
    const int column = resolve(x, image_.shape.width, sampling_.fill);
    const int row = resolve(y, image_.shape.height, sampling_.fill);
    return column == kOutside || row == kOutside ? nullptr : image_.at(row, column);
  }

  void fill(float* to) const { std::fill_n(to, image_.shape.channels, sampling_.value); }

  void nearest(Place from, float* to) const {
    const float* source = pixel(static_cast<int>(std::round(from.x)), static_cast<int>(std::round(from.y)));
    if (source) std::copy_n(source, image_.shape.channels, to);
    else fill(to);
  }

  void bilinear(Place from, float* to) const {
    const double left = std::floor(from.x);
    const double top = std::floor(from.y);
    const auto x = static_cast<int>(left);
    const auto y = static_cast<int>(top);
    const auto right = static_cast<float>(from.x - left);
    const auto bottom = static_cast<float>(from.y - top);
    const float* p00 = pixel(x, y);
    const float* p01 = pixel(x + 1, y);
    const float* p10 = pixel(x, y + 1);
    const float* p11 = pixel(x + 1, y + 1);
    for (int c = 0; c < image_.shape.channels; ++c) {
      const auto value = [&](const float* source) { return source ? source[c] : sampling_.value; };
      const float upper = (1.0f - right) * value(p00) + right * value(p01);
      const float lower = (1.0f - right) * value(p10) + right * value(p11);
      to[c] = (1.0f - bottom) * upper + bottom * lower;
    }
  }

  const Image& image_;
  const Sampling& sampling_;
};

template <typename Map>  // Map: Place(int x, int y)
Image resample(const Image& from, const Sampling& sampling, int height, int width, const Map& map) {
  Image to{.shape = {height, width, from.shape.channels}, .pixels = {}};
  to.pixels.resize(to.shape.size());
  const Reader reader(from, sampling);
  float* out = to.pixels.data();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x, out += from.shape.channels) reader.read(map(x, y), out);
  return to;
}

template <typename Map>
void resample_pixels(Sample& sample, const Sampling& sampling, const ImageShape& output, const Map& map) {
  sample.image = resample(sample.image, sampling, output.height, output.width, map);
  if (sample.mask.empty()) return;
  sample.mask = resample(sample.mask, {.bilinear = false, .fill = sampling.fill, .value = 0}, output.height, output.width, map);
}

Place apply(const Homography& m, double x, double y) {
  const double scale = m[6] * x + m[7] * y + m[8];
  if (scale == 0) return {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  return {(m[0] * x + m[1] * y + m[2]) / scale, (m[3] * x + m[4] * y + m[5]) / scale};
}

// Edges lie half a pixel beyond the centres of the outermost pixels.
Box around_corners(const Box& box, const Homography& to_output) {
  Box moved = box;
  moved.left = moved.top = std::numeric_limits<double>::infinity();
  moved.right = moved.bottom = -std::numeric_limits<double>::infinity();
  for (const double x : {box.left, box.right})
    for (const double y : {box.top, box.bottom}) {
      const Place corner = apply(to_output, x - 0.5, y - 0.5);
      moved.left = std::min(moved.left, corner.x + 0.5);
      moved.right = std::max(moved.right, corner.x + 0.5);
      moved.top = std::min(moved.top, corner.y + 0.5);
      moved.bottom = std::max(moved.bottom, corner.y + 0.5);
    }
  return moved;
}

bool within(const Box& box, Place place) {
  return place.x + 0.5 >= box.left && place.x + 0.5 < box.right && place.y + 0.5 >= box.top && place.y + 0.5 < box.bottom;
}

}  // namespace

Choices interpolations() { return {"nearest", "bilinear"}; }
Choices fill_modes() { return {"constant", "nearest", "reflect", "wrap"}; }

Sampling sampling(const std::string& interpolation, const std::string& fill_mode, double fill_value) {
  const Choices modes = fill_modes();
  const auto place = std::ranges::find(modes, fill_mode) - modes.begin();
  return {.bilinear = interpolation == "bilinear", .fill = static_cast<FillMode>(place), .value = static_cast<float>(fill_value)};
}

Homography inverse(const Homography& m) {
  const Homography adjugate = {m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
                               m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                               m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
  return adjugate;  // a homography keeps its meaning under any factor
}

void clip_boxes(Sample& sample) {
  const double width = sample.image.shape.width;
  const double height = sample.image.shape.height;
  for (Box& box : sample.boxes) {
    box.left = std::clamp(box.left, 0.0, width);
    box.right = std::clamp(box.right, 0.0, width);
    box.top = std::clamp(box.top, 0.0, height);
    box.bottom = std::clamp(box.bottom, 0.0, height);
  }
  std::erase_if(sample.boxes, &Box::empty);
}

void warp(Sample& sample, const Homography& to_input, const Sampling& sampling, const ImageShape& output) {
  resample_pixels(sample, sampling, output, [&](int x, int y) { return apply(to_input, x, y); });
  if (sample.boxes.empty()) return;
  const Homography to_output = inverse(to_input);
  for (Box& box : sample.boxes) box = around_corners(box, to_output);
  clip_boxes(sample);
}

void warp(Sample& sample, const Homography& to_input, const Sampling& sampling) { warp(sample, to_input, sampling, sample.image.shape); }

void warp(Sample& sample, const Displacement& displacement, const Sampling& sampling) {
  const ImageShape shape = sample.image.shape;
  const auto map = [&](int x, int y) {
    const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width) + static_cast<std::size_t>(x);
    return Place{x + double{displacement.dx[i]}, y + double{displacement.dy[i]}};
  };
  resample_pixels(sample, sampling, shape, map);
  for (Box& box : sample.boxes) {
    Box seen = {.left = 1e9, .top = 1e9, .right = -1e9, .bottom = -1e9, .label = box.label};
    for (int y = 0; y < shape.height; ++y)
      for (int x = 0; x < shape.width; ++x) {
        if (!within(box, map(x, y))) continue;
        seen.left = std::min(seen.left, double(x));
        seen.top = std::min(seen.top, double(y));
        seen.right = std::max(seen.right, x + 1.0);
        seen.bottom = std::max(seen.bottom, y + 1.0);
      }
    box = seen;
  }
  clip_boxes(sample);
}

}  // namespace upkeep::augment
