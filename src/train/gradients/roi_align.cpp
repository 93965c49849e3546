// RoiAlign     y[r, c, bin] = the mean, or the maximum, of x[batch_r, c] read at points spread evenly over the bin      (He et al. 2017)
// MaxRoiPool   y[r, c, bin] = the maximum of the pixels in the bin, whose borders are whole numbers                     (Girshick 2015)
//
// dL/dx: dL/dy added to the pixels that were read, by their weights. dL/drois, of RoiAlign: dL/dy times the slope of x between its pixels.
// The maximum of RoiAlign is taken over the four weighted neighbours of each point, not over the points: that is what the operator does.

#include <limits>

#include "train/gradients/shared/expansion.hpp"
#include "train/gradients/shared/sampling.hpp"

namespace upkeep::gradients {
namespace {

constexpr double kLowest = std::numeric_limits<float>::lowest();

Value one_column(Ops& ops, const Value& table, std::int64_t column) { return ops.gather(table, ops.ints({column}), 1); }  // [R, 1]

Value largest_number(Ops& ops, const Value& values) {
  return ops.cast(ops.reduce_max(ops.max(values, number(ops, 1, values.dtype())), {}), DType::kInt64);
}

// The points along one axis, [R, bins, points].
struct RoiAxis {
  Value position;
  Value inside;  // 1 where the point is near the image
  Value used;    // bool [R, 1, points]: a region has fewer points than another; absent when all have the same number
  Value count;   // float [R, 1]: points in a bin; absent when it is a number known beforehand
};

class RoiReader {
 public:
  RoiReader(const ForwardNode& node, Ops& ops, const std::vector<Value>& inputs)
      : ops_(ops), x_(inputs[0]), rois_(ops.cast(inputs[1], inputs[0].dtype())), batch_(inputs[2]) {
    const std::string fallback = ops.model().opsets.at("") >= 16 ? "half_pixel" : "output_half_pixel";
    half_pixel_ = node.attribute("coordinate_transformation_mode", fallback) == "half_pixel";
    scale_ = node.attribute("spatial_scale", 1.0f);
    points_ = node.attribute<std::int64_t>("sampling_ratio", 0);
  }

  RoiAxis axis(std::int64_t column, std::int64_t bins, const Value& length) {
    const DType dtype = x_.dtype();
    const auto edge = [&](std::int64_t at) {
      const Value scaled = times(ops_, one_column(ops_, rois_, at), number(ops_, scale_, dtype));
      return half_pixel_ ? ops_.sub(scaled, 0.5f) : scaled;
    };
    const Value low = edge(column);
    Value size = ops_.sub(edge(column + 2), low);
    if (!half_pixel_) size = ops_.max(size, number(ops_, 1, dtype));
    const Value bin = ops_.div(size, static_cast<float>(bins));  // [R, 1]
    RoiAxis made;
    Value points = ops_.constant(Tensor::scalar(points_));
    if (points_ <= 0) {
      made.count = ops_.cast(ops_.cast(ops_.node("Ceil", {bin}), DType::kInt64), dtype);  // whole: nothing flows through it
      points = largest_number(ops_, made.count);
    }
    const Value numbers = ops_.cast(count_to(ops_, points), dtype);
    if (made.count) made.used = ops_.less(numbers, ops_.unsqueeze(made.count, {1}));
    const Value share =
        made.count ? ops_.max(ops_.unsqueeze(made.count, {1}), number(ops_, 1, dtype)) : number(ops_, static_cast<double>(points_), dtype);
    const Value firsts = ops_.unsqueeze(ops_.cast(count_to(ops_, ops_.constant(Tensor::scalar(bins))), dtype), {1});  // [bins, 1]
    const Value within = ops_.add(firsts, ops_.div(ops_.add(numbers, 0.5f), share));
    const Value at = ops_.add(ops_.unsqueeze(low, {1}), ops_.mul(ops_.unsqueeze(bin, {1}), within));
    const Value end = ops_.cast(length, dtype);
    const Value before = ops_.less(at, -1.0f);
    made.inside = ops_.cast(ops_.node("Not", {ops_.node("Or", {before, ops_.greater(at, end)})}), dtype);
    made.position = ops_.min(ops_.max(at, number(ops_, 0, dtype)), ops_.sub(end, 1.0f));
    return made;
  }

  // [R, bins, points] against [R, bins, points, other bins, other points].
  Value spread_over(const Value& value, bool rows) const {
    return ops_.unsqueeze(value, rows ? std::vector<std::int64_t>{3, 4} : std::vector<std::int64_t>{1, 2});
  }

  Taps taps(const RoiAxis& axis, const Value& length, bool rows) const {
    Taps made = taps_of(ops_, "linear", axis.position, length, Outside::kNearest);
    for (Tap& tap : made) tap = {spread_over(tap.index, rows), spread_over(ops_.mul(tap.weight, axis.inside), rows)};
    return made;
  }

  Value read(std::int64_t height, std::int64_t width, bool maximum) {
    const Value rows = axis_length(ops_, x_, 2);
    const Value columns = axis_length(ops_, x_, 3);
    const RoiAxis down = axis(1, height, rows);
    const RoiAxis across = axis(0, width, columns);
    const Value start = ops_.unsqueeze(ops_.mul(ops_.cast(batch_, DType::kInt64), ops_.mul(rows, columns)), {1, 2, 3, 4});
    // [4, R, height, points, width, points, C]
    Value values =
        weighted_taps(ops_, pixel_rows(ops_, x_), start, {rows, columns}, {taps(down, rows, true), taps(across, columns, false)});
    Value used;
    if (down.used) used = ops_.unsqueeze(ops_.node("And", {spread_over(down.used, true), spread_over(across.used, false)}), {-1});
    Value bins;
    if (maximum) {
      if (used) values = ops_.where(used, values, number(ops_, kLowest, x_.dtype()));
      bins = ops_.reduce_max(values, {0, 3, 5});
    } else {
      if (used) values = ops_.mul(values, ops_.cast(used, x_.dtype()));
      const Value sum = ops_.reduce_sum(values, {0, 3, 5});
      const Value count = down.count ? ops_.max(ops_.unsqueeze(ops_.mul(down.count, across.count), {1, 2}), number(ops_, 1, x_.dtype()))
                                     : number(ops_, static_cast<double>(points_ * points_), x_.dtype());
      bins = ops_.div(sum, count);
    }
    return ops_.transpose(bins, {0, 3, 1, 2});
  }

 private:
  Ops& ops_;
  Value x_, rois_, batch_;
  bool half_pixel_;
  float scale_;
  std::int64_t points_;
};

Grads roi_align(const ForwardNode& node, Ops& ops) {
  return by_expansion(node, ops, [&](Ops& inner, const std::vector<Value>& inputs) {
    const auto height = node.attribute<std::int64_t>("output_height", 1);
    const auto width = node.attribute<std::int64_t>("output_width", 1);
    return std::vector<Value>{RoiReader(node, inner, inputs).read(height, width, node.attribute<std::string>("mode", "avg") == "max")};
  });
}

// The pixels of each bin along one axis, [R, bins, pixels], and which of them belong to it.
struct BinPixels {
  BinPixels(Ops& ops, const Value& rois, std::int64_t column, std::int64_t bins, float scale, const Value& length) {
    const auto rounded = [&](std::int64_t at) {
      return ops.node("Floor", {ops.add(times(ops, one_column(ops, rois, at), number(ops, scale, rois.dtype())), 0.5f)});
    };
    const auto image_end = ops.cast(length, rois.dtype());
    const auto clipped = [&](const Value& place) { return ops.min(ops.max(place, number(ops, 0, rois.dtype())), image_end); };
    const Value low = rounded(column);
    const Value size = ops.max(ops.add(ops.sub(rounded(column + 2), low), 1.0f), number(ops, 1, rois.dtype()));
    const Value bin = ops.div(size, static_cast<float>(bins));  // [R, 1]
    const Value firsts = ops.cast(count_to(ops, ops.constant(Tensor::scalar(bins))), rois.dtype());
    const Value start = clipped(ops.add(ops.node("Floor", {ops.mul(bin, firsts)}), low));  // [R, bins]
    const Value end = clipped(ops.add(ops.node("Ceil", {ops.mul(bin, ops.add(firsts, 1.0f))}), low));
    const Value count = ops.unsqueeze(ops.cast(ops.sub(end, start), DType::kInt64), {2});
    const Value numbers = count_to(ops, largest_number(ops, count));
    belongs = ops.less(numbers, count);
    const Value last = ops.sub(length, ops.constant(Tensor::scalar(std::int64_t{1})));
    index = ops.min(ops.add(ops.unsqueeze(ops.cast(start, DType::kInt64), {2}), numbers), last);
  }
  Value index, belongs;
};

Grads max_roi_pool(const ForwardNode& node, Ops& ops) {
  return by_expansion(node, ops, [&](Ops& inner, const std::vector<Value>& inputs) {
    const auto bins = node.attribute<std::vector<std::int64_t>>("pooled_shape", {});
    const float scale = node.attribute("spatial_scale", 1.0f);
    const Value x = inputs[0];
    const Value rows = axis_length(inner, x, 2);
    const Value columns = axis_length(inner, x, 3);
    const BinPixels down(inner, inputs[1], 2, bins.at(0), scale, rows);
    const BinPixels across(inner, inputs[1], 1, bins.at(1), scale, columns);
    const Value batch = inner.cast(one_column(inner, inputs[1], 0), DType::kInt64);
    const Value start = inner.unsqueeze(inner.mul(batch, inner.mul(rows, columns)), {2, 3, 4});
    const Taps taps_down{{inner.unsqueeze(down.index, {3, 4}), Value()}};
    const Taps taps_across{{inner.unsqueeze(across.index, {1, 2}), Value()}};
    const Value pixels = inner.squeeze(weighted_taps(inner, pixel_rows(inner, x), start, {rows, columns}, {taps_down, taps_across}), {0});
    const Value belongs = inner.node("And", {inner.unsqueeze(down.belongs, {3, 4}), inner.unsqueeze(across.belongs, {1, 2})});
    const Value masked_pixels = inner.where(inner.unsqueeze(belongs, {-1}), pixels, number(inner, kLowest, x.dtype()));
    return std::vector<Value>{inner.transpose(inner.reduce_max(masked_pixels, {2, 4}), {0, 3, 1, 2})};
  });
}

}  // namespace

void add_roi_align(GradientCatalog& catalog) {
  catalog.add({.name = "RoiAlign", .aliases = {}, .help = "dL/dx = dL/dy added to the pixels that were read", .rule = roi_align});
  catalog.add({.name = "MaxRoiPool", .aliases = {}, .help = "dL/dx = dL/dy added where the maxima came from", .rule = max_roi_pool});
}

}  // namespace upkeep::gradients
