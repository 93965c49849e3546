// Colour as hue, saturation and value (Smith 1978), each in [0, 1]: for the augmenters of colour.
#pragma once

#include <functional>

#include "data/augment/common.hpp"

namespace upkeep::augment {

struct Hsv {
  float hue;
  float saturation;
  float value;
};
Hsv to_hsv(const float* rgb);  // of values in [0, 1]
void to_rgb(const Hsv& colour, float* rgb);

// Throws Error{kInvalidArgument} unless there are three channels.
void expect_colour(const ImageShape& shape);

// Changes every pixel's colour; the range of values stands for [0, 1].
void change_colours(Image& image, const Interval& values, const std::function<void(Hsv&)>& change);

}  // namespace upkeep::augment
