#include "convert/firmware/shared/window.hpp"

#include "base/format.hpp"

namespace upkeep::firmware {

namespace {

// SAME pads so that there is a window for every stride, the odd one after (SAME_UPPER) or before.
void pad_to_same(WindowAxis& axis, bool odd_before) {
  const std::int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
  const std::int64_t total = std::max<std::int64_t>((axis.output - 1) * axis.stride + reach - axis.input, 0);
  axis.before = odd_before ? total - total / 2 : total / 2;
  axis.after = total - axis.before;
}

std::string tap_of(const WindowAxis& axis, std::size_t i) {
  return axis.dilation == 1 ? upkeep::format("k{}", i) : upkeep::format("k{} * {}", i, axis.dilation);
}

std::string nested(const std::vector<WindowAxis>& axes, const std::function<std::string(std::size_t)>& index,
                   std::int64_t WindowAxis::* size) {
  std::string text;
  std::int64_t stride = 1;
  for (std::size_t i = axes.size(); i-- > 0; stride *= axes[i].*size) {
    const std::string one = index(i);
    const std::string factor = one.contains(' ') ? "(" + one + ")" : one;
    const std::string term = stride == 1 ? one : upkeep::format("{} * {}", factor, stride);
    text = text.empty() ? term : term + " + " + text;
  }
  return text.empty() ? "0" : text;
}

std::int64_t product(const std::vector<WindowAxis>& axes, std::int64_t WindowAxis::* size) {
  std::int64_t all = 1;
  for (const WindowAxis& axis : axes) all *= axis.*size;
  return all;
}

}  // namespace

std::vector<WindowAxis> window_axes(const Operation& operation, const Shape& kernel, const Shape& from, const Shape& to) {
  const std::vector<std::int64_t> ones(kernel.size(), 1);
  const auto strides = operation.attribute("strides", ones);
  const auto dilations = operation.attribute("dilations", ones);
  const auto pads = operation.attribute("pads", std::vector<std::int64_t>(2 * kernel.size(), 0));
  const auto automatic = operation.attribute<std::string>("auto_pad", "NOTSET");
  std::vector<WindowAxis> axes;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    WindowAxis axis{.input = from.at(i + 2),
                    .output = to.at(i + 2),
                    .kernel = kernel[i],
                    .stride = strides.at(i),
                    .dilation = dilations.at(i),
                    .before = automatic == "NOTSET" ? pads.at(i) : 0,
                    .after = automatic == "NOTSET" ? pads.at(i + kernel.size()) : 0};
    if (automatic.starts_with("SAME")) pad_to_same(axis, automatic == "SAME_LOWER");
    if (axis.before < 0 || axis.after < 0) throw not_written("a window with negative pads");
    axes.push_back(axis);
  }
  return axes;
}

int open_windows(const std::vector<WindowAxis>& axes, Code& code) {
  for (std::size_t i = 0; i < axes.size(); ++i) code.loop(upkeep::format("k{}", i), axes[i].kernel);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const WindowAxis& axis = axes[i];
    const std::int64_t reach = (axis.output - 1) * axis.stride + (axis.kernel - 1) * axis.dilation;
    if (axis.before == 0 && reach < axis.input) {  // no window leaves the input
      code.loop(upkeep::format("o{}", i), axis.output);
      continue;
    }
    const std::string tap = tap_of(axis, i);
    code.line(upkeep::format("const std::size_t last{} = last_inside({}, {}, {}, {}, {});", i, tap, axis.before, axis.stride, axis.input,
                             axis.output));
    code.open(
        upkeep::format("for (std::size_t o{0} = first_inside({1}, {2}, {3}); o{0} < last{0}; ++o{0})", i, tap, axis.before, axis.stride));
  }
  return static_cast<int>(2 * axes.size());
}

std::string input_place(const std::vector<WindowAxis>& axes) {
  return nested(
      axes,
      [&](std::size_t i) {
        std::string text = axes[i].stride == 1 ? upkeep::format("o{}", i) : upkeep::format("o{} * {}", i, axes[i].stride);
        if (axes[i].kernel > 1) text += " + " + tap_of(axes[i], i);
        if (axes[i].before > 0) text += upkeep::format(" - {}", axes[i].before);
        return text;
      },
      &WindowAxis::input);
}

std::string output_place(const std::vector<WindowAxis>& axes) {
  return nested(axes, [](std::size_t i) { return upkeep::format("o{}", i); }, &WindowAxis::output);
}

std::string tap_place(const std::vector<WindowAxis>& axes) {
  return nested(axes, [](std::size_t i) { return upkeep::format("k{}", i); }, &WindowAxis::kernel);
}

std::int64_t input_size(const std::vector<WindowAxis>& axes) { return product(axes, &WindowAxis::input); }
std::int64_t output_size(const std::vector<WindowAxis>& axes) { return product(axes, &WindowAxis::output); }
std::int64_t kernel_size(const std::vector<WindowAxis>& axes) { return product(axes, &WindowAxis::kernel); }

}  // namespace upkeep::firmware
