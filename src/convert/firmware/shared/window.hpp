// The windows of convolutions and pooling: strides, dilations and pads per axis, with auto_pad worked out.
#pragma once

#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

struct WindowAxis {
  std::int64_t input = 0, output = 0;  // sizes
  std::int64_t kernel = 1, stride = 1, dilation = 1;
  std::int64_t before = 0, after = 0;  // pads
};

// Axis by axis of x [N, C, ...] and y [N, C', ...]. For a transposed convolution x and y change places.
std::vector<WindowAxis> window_axes(const Operation& operation, const Shape& kernel, const Shape& from, const Shape& to);

// Loops k0, k1, ... over the taps of the window, then o0, o1, ... over the windows whose tap lies inside the input.
// Returns the number of blocks that are open.
int open_windows(const std::vector<WindowAxis>& axes, Code& code);
std::string input_place(
    const std::vector<WindowAxis>& axes);  // of the tap k of window o, within one picture: "(o0 * 2 + k0 - 1) * 8 + ..."
std::string output_place(const std::vector<WindowAxis>& axes);  // of window o
std::string tap_place(const std::vector<WindowAxis>& axes);     // of tap k
std::int64_t input_size(const std::vector<WindowAxis>& axes);
std::int64_t output_size(const std::vector<WindowAxis>& axes);
std::int64_t kernel_size(const std::vector<WindowAxis>& axes);

}  // namespace upkeep::firmware
