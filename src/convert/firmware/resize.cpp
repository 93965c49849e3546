// Another size of picture: nearest, linear or cubic, axis by axis. Which elements an element of y reads, and with which weights, depends on
// the sizes alone: each axis gets a table of them.
//
// Coordinates are computed in float32, as ONNX Runtime does: the nearest one at a half depends on it.

#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

struct ResizedAxis {
  std::size_t taps = 1;
  std::vector<std::int64_t> from;  // [output, taps], times the stride of the axis
  std::vector<float> weights;      // [output, taps]
};

float source_coordinate(const Operation& operation, float at, float scale, std::int64_t input, std::int64_t output) {
  const auto mode = operation.attribute<std::string>("coordinate_transformation_mode", "half_pixel");
  if (mode == "asymmetric") return at / scale;
  if (mode == "half_pixel") return (at + 0.5F) / scale - 0.5F;
  if (mode == "pytorch_half_pixel") return output > 1 ? (at + 0.5F) / scale - 0.5F : 0.0F;
  if (mode == "align_corners") return output == 1 ? 0.0F : at * static_cast<float>(input - 1) / static_cast<float>(output - 1);
  if (mode != "half_pixel_symmetric") throw not_written("coordinate_transformation_mode=" + mode);
  const float adjustment = static_cast<float>(output) / (scale * static_cast<float>(input));
  const float center = static_cast<float>(input) / 2;
  return center * (1 - adjustment) + (at + 0.5F) / scale - 0.5F;
}

std::int64_t nearest_of(const Operation& operation, float at) {
  const auto mode = operation.attribute<std::string>("nearest_mode", "round_prefer_floor");
  const auto whole = [](float value) { return static_cast<std::int64_t>(value); };
  if (mode == "floor") return whole(std::floor(at));
  if (mode == "ceil") return whole(std::ceil(at));
  const bool half = at == std::floor(at) + 0.5F;
  if (mode == "round_prefer_floor") return whole(half ? std::floor(at) : std::round(at));
  return whole(std::floor(at + 0.5F));
}

// Keys' kernel (1981) at the distances 1 + t, t, 1 - t, 2 - t.
std::vector<float> cubic_weights(float t, float a) {
  return {((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a, ((a + 2) * t - (a + 3)) * t * t + 1,
          ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1, ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a};
}

ResizedAxis resized_axis(const Operation& operation, float scale, std::int64_t input, std::int64_t output) {
  const auto mode = operation.attribute<std::string>("mode", "nearest");
  ResizedAxis axis;
  axis.taps = mode == "nearest" || (input == output && scale == 1) ? 1 : mode == "linear" ? 2 : 4;
  for (std::int64_t o = 0; o < output; ++o) {
    float at =
        axis.taps == 1 && scale == 1 ? static_cast<float>(o) : source_coordinate(operation, static_cast<float>(o), scale, input, output);
    std::int64_t first = axis.taps == 1 ? nearest_of(operation, at) : static_cast<std::int64_t>(std::floor(at));
    if (axis.taps == 2) {
      at = std::clamp(at, 0.0F, static_cast<float>(input - 1));
      first = static_cast<std::int64_t>(at);
    }
    const float t = at - static_cast<float>(first);
    std::vector<float> weights = {1.0F};
    if (axis.taps == 2) weights = {1 - t, t};
    if (axis.taps == 4) weights = cubic_weights(t, operation.attribute<float>("cubic_coeff_a", -0.75F));
    for (std::size_t k = 0; k < axis.taps; ++k) {
      const std::int64_t from = first + static_cast<std::int64_t>(k) - (axis.taps == 4 ? 1 : 0);
      axis.from.push_back(std::clamp<std::int64_t>(from, 0, input - 1));
      axis.weights.push_back(weights[k]);
    }
  }
  return axis;
}

void refuse_rare_settings(const Operation& operation) {
  for (const char* name : {"antialias", "exclude_outside"})
    if (operation.attribute<std::int64_t>(name, 0) != 0) throw not_written(std::string("Resize with ") + name);
  if (operation.attribute<std::string>("keep_aspect_ratio_policy", "stretch") != "stretch") throw not_written("keep_aspect_ratio_policy");
}

// The scale of each axis: as given, or what the sizes make of it.
std::vector<float> scales_of(const Operation& operation, const Shape& from, const Shape& to) {
  std::vector<float> scales;
  for (std::size_t i = 0; i < from.size(); ++i) scales.push_back(static_cast<float>(to[i]) / static_cast<float>(from[i]));
  if (!operation.input(2) || operation.input(2).count() == 0) return scales;
  const Tensor given = operation.constant(2).cast(DType::kFloat32);
  const auto axes = operation.attribute("axes", std::vector<std::int64_t>{});
  for (std::size_t i = 0; i < given.floats().size(); ++i)
    scales[axes.empty() ? i : front_axis(axes.at(i), from.size())] = given.floats()[i];
  return scales;
}

void write_table(const Operation& operation, const ResizedAxis& axis, std::size_t number, std::int64_t stride, Code& code) {
  std::vector<std::string> from, weights;
  for (const std::int64_t one : axis.from) from.push_back(std::to_string(one * stride));
  for (const float one : axis.weights) weights.push_back(operation.number(one));
  code.line(upkeep::format("static constexpr std::uint32_t from{}[] = {{{}}};", number, join(from)));
  if (axis.taps > 1) code.line(upkeep::format("static constexpr {} weight{}[] = {{{}}};", operation.type(), number, join(weights)));
}

void write_resize(Operation& operation, Code& code) {
  refuse_rare_settings(operation);
  const Operand x = operation.input(0);
  const Operand y = operation.output(0);
  const std::vector<float> scales = scales_of(operation, x.shape, y.shape);
  std::string place, factors;
  std::vector<ResizedAxis> axes;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    axes.push_back(resized_axis(operation, scales[i], x.shape[i], y.shape[i]));
    write_table(operation, axes.back(), i, row_major(x.shape)[i], code);
    const std::string at = axes.back().taps == 1 ? upkeep::format("o{}", i) : upkeep::format("o{0} * {1} + k{0}", i, axes.back().taps);
    place += upkeep::format("{}from{}[{}]", i == 0 ? "" : " + ", i, at);
    if (axes.back().taps > 1) factors += upkeep::format(" * weight{}[{}]", i, at);
  }
  code.line("std::size_t next = 0;");
  for (std::size_t i = 0; i < axes.size(); ++i) code.loop(upkeep::format("o{}", i), y.shape[i]);
  if (factors.empty()) {
    code.line(upkeep::format("y0[next++] = x0[{}];", place));
  } else {
    code.line(upkeep::format("{} sum = {};", operation.type(), operation.number(0)));
    int taps = 0;
    for (std::size_t i = 0; i < axes.size(); ++i)
      if (axes[i].taps > 1) {
        code.loop(upkeep::format("k{}", i), static_cast<std::int64_t>(axes[i].taps));
        ++taps;
      }
    code.line(upkeep::format("sum += x0[{}]{};", place, factors));
    code.close(taps);
    code.line("y0[next++] = sum;");
  }
  code.close(static_cast<int>(axes.size()));
}

}  // namespace

void add_resize(OperatorCatalog& catalog) {
  catalog.add({.name = "Resize", .aliases = {}, .help = "another size of picture: nearest, linear or cubic", .write = write_resize});
}

}  // namespace upkeep::firmware
