// Filters of float images, by OpenCV.
#pragma once

#include <span>

namespace upkeep::images {

// A Gaussian of this standard deviation, in place, over [height, width]; beyond the edge d c b a | a b c d | d c b a.
// The kernel reaches 4 standard deviations to either side.
void blur(std::span<float> values, int height, int width, double sigma);

}  // namespace upkeep::images
