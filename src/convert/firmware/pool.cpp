// The largest number, or the mean, of each window. Pads are no numbers: the mean is over what lies inside, unless count_include_pad.

#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/firmware/shared/window.hpp"

namespace upkeep::firmware {

namespace {

// How many taps of each window along one axis count.
std::vector<std::int64_t> taps_that_count(const WindowAxis& axis, bool include_pad) {
  std::vector<std::int64_t> counts;
  for (std::int64_t o = 0; o < axis.output; ++o) {
    std::int64_t count = 0;
    for (std::int64_t k = 0; k < axis.kernel; ++k) {
      const std::int64_t at = o * axis.stride + k * axis.dilation - axis.before;
      count += include_pad ? at < axis.input + axis.after : at >= 0 && at < axis.input;
    }
    counts.push_back(std::max<std::int64_t>(count, 1));
  }
  return counts;
}

void write_division(const Operation& operation, const std::vector<WindowAxis>& axes, Code& code) {
  const bool include_pad = operation.attribute<std::int64_t>("count_include_pad", 0) != 0;
  std::string counts;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::vector<std::string> table;
    for (const std::int64_t count : taps_that_count(axes[i], include_pad)) table.push_back(operation.number(static_cast<double>(count)));
    code.line(upkeep::format("static constexpr {} taps{}[] = {{{}}};", operation.type(), i, join(table)));
    counts += upkeep::format("{}taps{}[o{}]", i == 0 ? "" : " * ", i, i);
  }
  for (std::size_t i = 0; i < axes.size(); ++i) code.loop(upkeep::format("o{}", i), axes[i].output);
  code.line(upkeep::format("out[{}] /= {};", output_place(axes), counts));
  code.close(static_cast<int>(axes.size()));
}

void write_pool(Operation& operation, Code& code) {
  if (operation.output(1)) throw not_written("MaxPool with indices");
  const Operand x = operation.input(0), y = operation.output(0);
  const bool largest = operation.op() == "MaxPool";
  const Shape kernel = operation.attribute("kernel_shape", Shape{});
  const std::vector<WindowAxis> axes = window_axes(operation, kernel, x.shape, y.shape);
  code.loop("c", x.shape[0] * x.shape[1]);
  code.line(upkeep::format("{}* const out = y0 + c * {};", operation.type(), output_size(axes)));
  code.line(upkeep::format("const {}* const in = x0 + c * {};", operation.type(), input_size(axes)));
  code.line(upkeep::format("std::fill_n(out, {}, {});", output_size(axes),
                           largest ? upkeep::format("std::numeric_limits<{}>::lowest()", operation.type()) : operation.number(0)));
  code.open("");
  const int blocks = open_windows(axes, code);
  code.line(upkeep::format("const {} v = in[{}];", operation.type(), input_place(axes)));
  if (largest) code.line(upkeep::format("if (v > out[{0}]) out[{0}] = v;", output_place(axes)));
  else code.line(upkeep::format("out[{}] += v;", output_place(axes)));
  code.close(blocks + 1);
  if (!largest) write_division(operation, axes, code);
  code.close();
}

void write_global_pool(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::int64_t size = x.count() / std::max<std::int64_t>(x.shape[0] * x.shape[1], 1);
  const bool largest = operation.op() == "GlobalMaxPool";
  code.loop("c", x.shape[0] * x.shape[1]);
  code.line(upkeep::format("const {}* const in = x0 + c * {};", operation.type(), size));
  code.line(upkeep::format("{} v = {};", operation.type(), largest ? "in[0]" : operation.number(0)));
  code.loop("i", size);
  code.line(largest ? "if (in[i] > v) v = in[i];" : "v += in[i];");
  code.close();
  code.line(largest ? "y0[c] = v;" : upkeep::format("y0[c] = v / {};", operation.number(static_cast<double>(size))));
  code.close();
}

void write_any_pool(Operation& operation, Code& code) {
  return operation.op().starts_with("Global") ? write_global_pool(operation, code) : write_pool(operation, code);
}

}  // namespace

void add_pool(OperatorCatalog& catalog) {
  catalog.add({.name = "MaxPool",
               .aliases = {"AveragePool", "GlobalMaxPool", "GlobalAveragePool"},
               .help = "largest numbers and means of windows",
               .write = write_any_pool});
}

}  // namespace upkeep::firmware
