// Convolution of integers with sums in int32:
//   sum[m, o] = bias[m] + sum over c, k of (w[m, c, k] - z_w) (x[c, o * stride + k * dilation - pad] - z_x)
//   y = saturate(round(sum * (s_x s_w[m] / s_y)) + z_y), halves to even
// as ONNX Runtime computes it, to the bit. What a tap reads outside of the input is 0 and left out.

#include "base/format.hpp"
#include "convert/firmware/shared/window.hpp"

namespace upkeep::firmware {

namespace {

// s_x s_w[m] / s_y, in float32 and in this order.
std::string factors(const Operation& operation) {
  const float x = operation.constant(1).floats()[0], y = operation.constant(6).floats()[0];
  std::vector<float> values;
  for (const float w : operation.constant(4).floats()) values.push_back(x * w / y);
  const auto count = static_cast<std::int64_t>(values.size());
  return elements(Tensor({count}, std::move(values)));
}

std::string zero_of_weight(const Operation& operation) {
  const Tensor zeros = operation.constant(5).cast(DType::kInt64);
  for (const std::int64_t zero : zeros.data<std::int64_t>())
    if (zero != 0) throw not_written("a weight with a zero point");
  return "";
}

void write_sums(const Operation& operation, const std::vector<WindowAxis>& axes, Code& code) {
  const Operand x = operation.input(0), w = operation.input(3);
  const std::int64_t per_group = w.shape[1], groups = operation.attribute<std::int64_t>("group", 1);
  code.line(upkeep::format("std::fill_n(scratch, {}, {});", output_size(axes), operation.input(8) ? "x8[m]" : "0"));
  code.loop("c", per_group);
  const std::string channel = groups == 1 ? "c" : upkeep::format("m / {} * {} + c", w.shape[0] / groups, per_group);
  code.line(upkeep::format("const {}* const in = x0 + (n * {} + {}) * {};", type_name(x.dtype), x.shape[1], channel, input_size(axes)));
  code.line(upkeep::format("const {}* const kernel = x3 + (m * {} + c) * {};", type_name(w.dtype), per_group, kernel_size(axes)));
  const int blocks = open_windows(axes, code);
  code.line(upkeep::format(
      "scratch[{}] += static_cast<std::int32_t>(kernel[{}]) * (static_cast<std::int32_t>(in[{}]) - static_cast<std::int32_t>(x2[0]));",
      output_place(axes), tap_place(axes), input_place(axes)));
  code.close(blocks + 1);
}

void write_qlinear_conv(Operation& operation, Code& code) {
  const Operand x = operation.input(0), w = operation.input(3), y = operation.output(0);
  const std::vector<WindowAxis> axes = window_axes(operation, {w.shape.begin() + 2, w.shape.end()}, x.shape, y.shape);
  zero_of_weight(operation);
  operation.use_scratch(output_size(axes), DType::kInt32);
  const bool per_channel = operation.input(4).count() != 1;
  code.line(upkeep::format("static constexpr float factors[] = {{{}}};", factors(operation)));
  code.loop("n", x.shape[0]);
  code.loop("m", w.shape[0]);
  write_sums(operation, axes, code);
  code.loop("i", output_size(axes));
  code.line(upkeep::format("const float steps = std::nearbyint(static_cast<float>(scratch[i]) * factors[{}]) + static_cast<float>(x7[0]);",
                           per_channel ? "m" : "0"));
  code.line(upkeep::format("y0[(n * {} + m) * {} + i] = to_integer<{}>(steps);", w.shape[0], output_size(axes), operation.type()));
  code.close(3);
}

}  // namespace

void add_qlinear_conv(OperatorCatalog& catalog) {
  catalog.add({.name = "QLinearConv", .aliases = {}, .help = "convolution of integers with sums in int32", .write = write_qlinear_conv});
}

}  // namespace upkeep::firmware
