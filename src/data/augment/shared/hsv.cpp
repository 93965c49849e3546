#include "data/augment/shared/hsv.hpp"

#include <algorithm>
#include <cmath>

namespace upkeep::augment {

Hsv to_hsv(const float* rgb) {
  const auto [low, high] = std::minmax({rgb[0], rgb[1], rgb[2]});
  const float spread = high - low;
  if (spread <= 0) return {0, 0, high};
  float hue = 0;
  if (high == rgb[0]) hue = (rgb[1] - rgb[2]) / spread;
  else if (high == rgb[1]) hue = 2 + (rgb[2] - rgb[0]) / spread;
  else hue = 4 + (rgb[0] - rgb[1]) / spread;
  hue /= 6;
  return {hue < 0 ? hue + 1 : hue, spread / high, high};
}

// Each channel is the value, less a share of the saturation that rises and falls with the distance from the channel's own hue.
void to_rgb(const Hsv& colour, float* rgb) {
  for (int i = 0; i < 3; ++i) {
    const float turn = colour.hue * 6 + static_cast<float>(5 - 2 * i);  // 5, 3, 1
    const float k = turn - 6 * std::floor(turn / 6);
    rgb[i] = colour.value * (1 - colour.saturation * std::clamp(std::min(k, 4 - k), 0.0f, 1.0f));
  }
}

void expect_colour(const ImageShape& shape) {
  if (shape.channels != 3)
    throw Error(ErrorCode::kInvalidArgument, "takes colours, the images are " + to_string(shape), "three channels: red, green, blue");
}

void change_colours(Image& image, const Interval& values, const std::function<void(Hsv&)>& change) {
  const auto low = static_cast<float>(values.low);
  const auto scale = static_cast<float>(values.high - values.low);
  for (std::size_t i = 0; i + 2 < image.pixels.size(); i += 3) {
    float* pixel = image.pixels.data() + i;
    for (int c = 0; c < 3; ++c) pixel[c] = std::clamp((pixel[c] - low) / scale, 0.0f, 1.0f);
    Hsv colour = to_hsv(pixel);
    change(colour);
    to_rgb(colour, pixel);
    for (int c = 0; c < 3; ++c) pixel[c] = pixel[c] * scale + low;
  }
}

}  // namespace upkeep::augment
