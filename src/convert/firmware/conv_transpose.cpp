// Transposed convolution: every element of x adds a kernel to y,
//   y[n, m, i * stride + k * dilation - pad] += x[n, c, i] w[c, m, k].
// It is a convolution with x and y in each other's places, and so are its windows.

#include "base/format.hpp"
#include "convert/firmware/shared/window.hpp"

namespace upkeep::firmware {

namespace {

// With output_shape or SAME the pads follow from the sizes: what is too much is cut off.
void cut_to_size(const Operation& operation, std::vector<WindowAxis>& axes) {
  const std::vector<std::int64_t> none(axes.size(), 0);
  const auto extra = operation.attribute("output_padding", none);
  const auto automatic = operation.attribute<std::string>("auto_pad", "NOTSET");
  if (!operation.has("output_shape") && !automatic.starts_with("SAME")) return;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    WindowAxis& axis = axes[i];
    const std::int64_t whole = (axis.output - 1) * axis.stride + extra.at(i) + (axis.kernel - 1) * axis.dilation + 1;
    const std::int64_t total = std::max<std::int64_t>(whole - axis.input, 0);
    axis.before = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
    axis.after = total - axis.before;
  }
}

void write_conv_transpose(Operation& operation, Code& code) {
  const Operand x = operation.input(0), w = operation.input(1), y = operation.output(0);
  std::vector<WindowAxis> axes = window_axes(operation, {w.shape.begin() + 2, w.shape.end()}, y.shape, x.shape);
  cut_to_size(operation, axes);
  const std::int64_t per_group = w.shape[1];
  const std::int64_t groups = operation.attribute<std::int64_t>("group", 1);
  const std::int64_t channels = x.shape[1] / groups;  // of x, in one group
  const std::string group = groups == 1 ? "" : upkeep::format("m / {} * {} + ", per_group, channels);
  code.loop("n", x.shape[0]);
  code.loop("m", y.shape[1]);
  code.line(upkeep::format("{}* const out = y0 + (n * {} + m) * {};", operation.type(), y.shape[1], input_size(axes)));
  code.line(upkeep::format("std::fill_n(out, {}, {});", input_size(axes), operation.input(2) ? "x2[m]" : operation.number(0)));
  code.open(upkeep::format("for (std::size_t g = 0; g < {}; ++g)", channels));
  code.line(upkeep::format("const std::size_t c = {}g;", group));
  code.line(upkeep::format("const {}* const in = x0 + (n * {} + c) * {};", operation.type(), x.shape[1], output_size(axes)));
  code.line(upkeep::format("const {}* const kernel = x1 + (c * {} + {}) * {};", operation.type(), per_group,
                           groups == 1 ? "m" : upkeep::format("m % {}", per_group), kernel_size(axes)));
  const int blocks = open_windows(axes, code);
  code.line(upkeep::format("out[{}] += kernel[{}] * in[{}];", input_place(axes), tap_place(axes), output_place(axes)));
  code.close(blocks + 3);
}

}  // namespace

void add_conv_transpose(OperatorCatalog& catalog) {
  catalog.add({.name = "ConvTranspose", .aliases = {}, .help = "transposed convolution", .write = write_conv_transpose});
}

}  // namespace upkeep::firmware
