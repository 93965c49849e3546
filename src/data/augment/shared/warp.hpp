// Resampling: every output pixel is read from a place of the input, and mask and boxes move along.
//
// Coordinates are exact (OpenCV's warps round them to 1/32 of a pixel), so that the numbers are Keras's. Pixel centres lie on whole
// numbers.
#pragma once

#include <array>
#include <span>
#include <string>

#include "base/settings.hpp"
#include "data/augment/augment.hpp"

namespace upkeep::augment {

enum class FillMode { kConstant, kNearest, kReflect, kWrap };

// What is read between pixels and beyond the edge; Keras's `interpolation`, `fill_mode` and `fill_value`.
struct Sampling {
  bool bilinear = true;
  FillMode fill = FillMode::kReflect;
  float value = 0;
};
Sampling sampling(const std::string& interpolation, const std::string& fill_mode, double fill_value);

Choices interpolations();  // nearest, bilinear
// constant  k k k k | a b c d | k k k k        reflect  d c b a | a b c d | d c b a
// nearest   a a a a | a b c d | d d d d        wrap     a b c d | a b c d | a b c d
Choices fill_modes();

// x_in = (m0 x + m1 y + m2) / (m6 x + m7 y + m8), y_in = (m3 x + m4 y + m5) / (the same): from output to input.
using Homography = std::array<double, 9>;
Homography inverse(const Homography& matrix);

// The image by `sampling`, the mask by its nearest pixels (0 where the image gets a constant). A box becomes the one around its moved
// corners, clipped to the image; what is empty then is dropped. `output` may differ from the sample's shape in height and width.
void warp(Sample& sample, const Homography& to_input, const Sampling& sampling, const ImageShape& output);
void warp(Sample& sample, const Homography& to_input, const Sampling& sampling);

// Output pixel (x, y) reads (x + dx, y + dy). A box becomes the one around all output pixels whose centres are read from within it.
struct Displacement {
  std::span<const float> dx;  // [height, width], in pixels
  std::span<const float> dy;
};
void warp(Sample& sample, const Displacement& displacement, const Sampling& sampling);

void clip_boxes(Sample& sample);  // to the image; drops those that are empty

}  // namespace upkeep::augment
