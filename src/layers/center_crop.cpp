// CenterCrop: the middle of pictures, of a given size; where they are smaller, the largest part of its aspect ratio, resized (Keras's
// smart_resize). RandomCrop: in training a window of that size anywhere, the same in all pictures of a batch; at inference the largest
// part in the middle of its aspect ratio, resized, as Keras documents it. (Keras 3.15 passes whole pictures then, whatever its own output
// shape says: a model that goes on with Flatten or a window of its own cannot run in it. Pictures of the right size are passed by both.)

#include <numeric>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct CenterCropOptions {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::string data_format = "channels_last";
};

struct RandomCropOptions {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::string data_format = "channels_last";
  std::optional<std::int64_t> seed;
};

}  // namespace layers

template <>
const Settings settings<layers::CenterCropOptions> = describe<layers::CenterCropOptions>(
    "center_crop", "the middle of pictures",
    field("height", &layers::CenterCropOptions::height, "rows of it; must be given", range(1, 1 << 24)),
    field("width", &layers::CenterCropOptions::width, "columns of it; must be given", range(1, 1 << 24)),
    field("data_format", &layers::CenterCropOptions::data_format, "where the channels are", one_of({"channels_last", "channels_first"})));
template <>
const Settings settings<layers::RandomCropOptions> = describe<layers::RandomCropOptions>(
    "random_crop", "a window of pictures; at inference the largest part in the middle, resized",
    field("height", &layers::RandomCropOptions::height, "rows of it; must be given", range(1, 1 << 24)),
    field("width", &layers::RandomCropOptions::width, "columns of it; must be given", range(1, 1 << 24)),
    field("data_format", &layers::RandomCropOptions::data_format, "where the channels are", one_of({"channels_last", "channels_first"})),
    field("seed", &layers::RandomCropOptions::seed, "kept for Keras; here the run's own seed decides"));

namespace layers {
namespace {

void expect_size(const char* kind, std::int64_t height, std::int64_t width) {
  if (height == 0 || width == 0)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} needs a height and a width", kind), "such as height: 224, width: 224");
}

// `size` elements of an axis from start[number] on. Gathered, for a slice from a computed place has no known size.
Value window(Ops& ops, const Value& x, std::int64_t axis, const Value& start, std::int64_t number, std::int64_t size) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(size));
  std::iota(places.begin(), places.end(), 0);
  return ops.gather(x, ops.add(ops.gather(start, ops.ints({number}), 0), ops.ints(std::move(places))), axis);
}

// x [batch, channels, rows, columns] from `start`, which counts rows and columns.
Value cut(Ops& ops, const Value& x, const Value& start, std::int64_t height, std::int64_t width) {
  return window(ops, window(ops, x, 2, start, 0, height), 3, start, 1, width);
}

Value smart_resize(const BuildContext& context, std::int64_t height, std::int64_t width, const std::string& data_format) {
  const Json settings = {{"height", height}, {"width", width}, {"crop_to_aspect_ratio", true}, {"data_format", data_format}};
  return catalog().at("resizing").make(settings)->build(context);
}

class CenterCrop : public Layer {
 public:
  using Options = CenterCropOptions;
  explicit CenterCrop(Options options) : options_(std::move(options)) { expect_size("center_crop", options_.height, options_.width); }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    if (context.inputs[0].rank() != 4) throw wrong_spatial_axes(context.inputs[0].dims(), 2);
    const Value x = channels_first(ops, ops.cast(context.inputs[0], DType::kFloat32), options_.data_format);
    const Dim& rows = x.dims()[2];
    const Dim& columns = x.dims()[3];
    if ((rows.known() && rows.value < options_.height) || (columns.known() && columns.value < options_.width))
      return smart_resize(context, options_.height, options_.width, options_.data_format);
    const Value y =
        rows.known() && columns.known() ? middle_of_known(ops, x) : cut(ops, x, middle(ops, x), options_.height, options_.width);
    return in_data_format(ops, y, options_.data_format);
  }

 private:
  Value middle_of_known(Ops& ops, const Value& x) const {
    const std::int64_t row = (x.dims()[2].value - options_.height) / 2;
    const std::int64_t column = (x.dims()[3].value - options_.width) / 2;
    return ops.node("Slice", {x, ops.ints({row, column}), ops.ints({row + options_.height, column + options_.width}), ops.ints({2, 3})});
  }

  Value middle(Ops& ops, const Value& x) const {
    const Value size = ops.node("Slice", {ops.shape(x), ops.ints({2}), ops.ints({4})});
    return ops.div(ops.sub(size, ops.ints({options_.height, options_.width})), ops.ints({2}));
  }

  Options options_;
};

class RandomCrop : public Layer {
 public:
  using Options = RandomCropOptions;
  explicit RandomCrop(Options options) : options_(std::move(options)) { expect_size("random_crop", options_.height, options_.width); }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    if (context.inputs[0].rank() != 4) throw wrong_spatial_axes(context.inputs[0].dims(), 2);
    const Value x = channels_first(ops, ops.cast(context.inputs[0], DType::kFloat32), options_.data_format);
    const Dim& rows = x.dims()[2];
    const Dim& columns = x.dims()[3];
    if (rows == Dim(options_.height) && columns == Dim(options_.width)) return in_data_format(ops, x, options_.data_format);
    const bool larger = rows.known() && columns.known() && rows.value > options_.height && columns.value > options_.width;
    if (!context.training || !larger) return smart_resize(context, options_.height, options_.width, options_.data_format);
    const std::vector<float> places = {static_cast<float>(rows.value - options_.height + 1),
                                       static_cast<float>(columns.value - options_.width + 1)};
    const Value start = ops.cast(ops.mul(context.random("start", {2}), ops.constant(Tensor({2}, places))), DType::kInt64);
    return in_data_format(ops, cut(ops, x, start, options_.height, options_.width), options_.data_format);
  }

 private:
  Options options_;
};

}  // namespace

void add_center_crop(LayerCatalog& catalog) {
  catalog.add(entry<CenterCrop>("CenterCrop"));
  catalog.add(entry<RandomCrop>("RandomCrop"));
}

}  // namespace layers
}  // namespace upkeep
