#include "layers/shared/resize.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace upkeep::layers {
namespace {

double lanczos(double x, double radius) {
  x = std::abs(x);
  if (x >= radius) return 0;
  if (x <= 1e-3) return 1;
  const double angle = std::numbers::pi * x;
  return radius * std::sin(angle) * std::sin(angle / radius) / (angle * angle);
}

// Keys 1981, a = -0.5.
double cubic(double x) {
  x = std::abs(x);
  if (x >= 2) return 0;
  if (x >= 1) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return (1.5 * x - 2.5) * x * x + 1;
}

struct Kernel {
  double radius;
  double (*weight)(double x);
};

Kernel kernel(std::string_view interpolation) {
  if (interpolation == "lanczos3") return {3, [](double x) { return lanczos(x, 3); }};
  if (interpolation == "lanczos5") return {5, [](double x) { return lanczos(x, 5); }};
  if (interpolation == "bicubic") return {2, cubic};
  return {1, [](double x) { return std::max(1 - std::abs(x), 0.0); }};
}

// TensorFlow's ScaleAndTranslate: kernels around the centre of each new pixel, cut off at the picture's ends.
std::vector<double> kernel_weights(const Kernel& kernel, std::int64_t n, double centre, double width) {
  std::vector<double> weights(static_cast<std::size_t>(n), 0.0);
  const auto begin = static_cast<std::int64_t>(std::ceil(centre - kernel.radius * width - 0.5));
  const auto end = static_cast<std::int64_t>(std::floor(centre + kernel.radius * width - 0.5));
  for (std::int64_t i = std::max<std::int64_t>(begin, 0); i <= std::min(end, n - 1); ++i)
    weights[static_cast<std::size_t>(i)] = kernel.weight((static_cast<double>(i) + 0.5 - centre) / width);
  return weights;
}

// TensorFlow's ResizeBicubic: the place between two pixels in steps of 1 / 1024; pixels outside weigh nothing.
std::vector<double> table_weights(std::int64_t n, double centre) {
  std::vector<double> weights(static_cast<std::size_t>(n), 0.0);
  const double place = centre - 0.5;
  const auto left = static_cast<std::int64_t>(std::floor(place));
  const double fraction = std::nearbyint((place - static_cast<double>(left)) * 1024) / 1024;
  for (std::int64_t i = left - 1; i <= left + 2; ++i)
    if (i >= 0 && i < n) weights[static_cast<std::size_t>(i)] = cubic(static_cast<double>(i - left) - fraction);
  return weights;
}

void append_normalized(const std::vector<double>& weights, std::vector<float>& all) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  for (const double weight : weights) all.push_back(static_cast<float>(sum == 0 ? 0 : weight / sum));
}

// ONNX's Resize where it means the same; it knows sizes that come with the data.
Value by_operator(Ops& ops, const Value& x, const std::vector<std::int64_t>& size, bool nearest) {
  const Value front = ops.node("Slice", {ops.shape(x), ops.ints({0}), ops.ints({2})});
  std::vector<Attribute> attributes = {{"coordinate_transformation_mode", std::string("half_pixel"), {}},
                                       {"mode", std::string(nearest ? "nearest" : "linear"), {}}};
  if (nearest) attributes.push_back({"nearest_mode", std::string("round_prefer_ceil"), {}});
  return ops.node("Resize", {x, {}, {}, ops.concat({front, ops.ints(size)}, 0)}, std::move(attributes));
}

}  // namespace

Tensor interpolation_weights(std::string_view interpolation, std::int64_t n, std::int64_t m, bool antialias) {
  const double scale = static_cast<double>(n) / static_cast<double>(m);
  std::vector<float> all;
  for (std::int64_t i = 0; i < m; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    std::vector<double> weights(static_cast<std::size_t>(n), 0.0);
    if (interpolation == "nearest") weights[static_cast<std::size_t>(std::floor(centre))] = 1;
    else if (interpolation == "bicubic" && !antialias) weights = table_weights(n, centre);
    else weights = kernel_weights(kernel(interpolation), n, centre, antialias ? std::max(scale, 1.0) : 1.0);
    append_normalized(weights, all);
  }
  return Tensor({m, n}, std::move(all));
}

Value resize(Ops& ops, const Value& x, std::vector<std::int64_t> size, std::string_view interpolation, bool antialias) {
  const Dim& rows = x.dims()[2];
  const Dim& columns = x.dims()[3];
  const bool plain = interpolation == "nearest" || (interpolation == "bilinear" && !antialias);
  if (plain) return by_operator(ops, x, size, interpolation == "nearest");
  if (!rows.known() || !columns.known())
    throw Error(ErrorCode::kUnsupported,
                std::string(interpolation) + (antialias ? " with antialias" : "") + " needs a known size of the pictures, got " +
                    to_string(x.dims()),
                "give the input layer its shape, or use bilinear");
  const Value down = ops.constant(interpolation_weights(interpolation, rows.value, size[0], antialias));
  const Value across = ops.constant(interpolation_weights(interpolation, columns.value, size[1], antialias));
  return ops.matmul(ops.matmul(down, x), ops.transpose(across, {1, 0}));
}

}  // namespace upkeep::layers
