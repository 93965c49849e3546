// Convolution:   y[n, m, o] = bias[m] + sum over c, k of w[m, c, k] x[n, c, o * stride + k * dilation - pad], groups of channels apart.
//
// The taps of the window outside, the windows inside: then the last loop runs over neighbours in memory. What a tap reads outside of the
// input is left out by the limits of the loops.

#include "base/format.hpp"
#include "convert/firmware/shared/window.hpp"

namespace upkeep::firmware {

namespace {

void write_conv(Operation& operation, Code& code) {
  const Operand x = operation.input(0), w = operation.input(1), y = operation.output(0);
  const std::vector<WindowAxis> axes = window_axes(operation, {w.shape.begin() + 2, w.shape.end()}, x.shape, y.shape);
  const std::int64_t per_group = w.shape[1];
  const std::int64_t filters = w.shape[0];
  const std::int64_t groups = operation.attribute<std::int64_t>("group", 1);
  code.loop("n", x.shape[0]);
  code.loop("m", filters);
  code.line(upkeep::format("{}* const out = y0 + (n * {} + m) * {};", operation.type(), filters, output_size(axes)));
  code.line(upkeep::format("std::fill_n(out, {}, {});", output_size(axes), operation.input(2) ? "x2[m]" : operation.number(0)));
  code.loop("c", per_group);
  const std::string channel = groups == 1 ? "c" : upkeep::format("m / {} * {} + c", filters / groups, per_group);
  code.line(upkeep::format("const {}* const in = x0 + (n * {} + {}) * {};", operation.type(), x.shape[1], channel, input_size(axes)));
  code.line(upkeep::format("const {}* const kernel = x1 + (m * {} + c) * {};", operation.type(), per_group, kernel_size(axes)));
  const int blocks = open_windows(axes, code);
  code.line(upkeep::format("out[{}] += kernel[{}] * in[{}];", output_place(axes), tap_place(axes), input_place(axes)));
  code.close(blocks + 3);
}

}  // namespace

void add_conv(OperatorCatalog& catalog) {
  catalog.add(
      {.name = "Conv", .aliases = {}, .help = "convolution over any number of axes, with groups and dilation", .write = write_conv});
}

}  // namespace upkeep::firmware
