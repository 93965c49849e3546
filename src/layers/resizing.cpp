// Pictures [batch, rows, columns, channels] at another size.
//
// crop_to_aspect_ratio takes the largest part in the middle that has the new picture's aspect ratio; pad_to_aspect_ratio adds as much on
// both sides as it takes, and no less (Keras rounds the half down, on both sides).

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/resize.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct ResizingOptions {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::string interpolation = "bilinear";
  bool crop_to_aspect_ratio = false;
  bool pad_to_aspect_ratio = false;
  std::string fill_mode = "constant";
  double fill_value = 0;
  bool antialias = false;
  std::string data_format = "channels_last";
};

}  // namespace layers

template <>
const Settings settings<layers::ResizingOptions> = describe<layers::ResizingOptions>(
    "resizing", "pictures at another size", field("height", &layers::ResizingOptions::height, "new rows; must be given", range(1, 1 << 24)),
    field("width", &layers::ResizingOptions::width, "new columns; must be given", range(1, 1 << 24)),
    field("interpolation", &layers::ResizingOptions::interpolation, "what stands between the pixels", one_of(layers::kInterpolations)),
    field("crop_to_aspect_ratio", &layers::ResizingOptions::crop_to_aspect_ratio, "cut off what would distort the picture"),
    field("pad_to_aspect_ratio", &layers::ResizingOptions::pad_to_aspect_ratio, "add what would distort the picture"),
    field("fill_mode", &layers::ResizingOptions::fill_mode, "what is added", one_of({"constant"})),
    field("fill_value", &layers::ResizingOptions::fill_value, "the constant"),
    field("antialias", &layers::ResizingOptions::antialias, "smaller pictures by kernels as wide as a new pixel"),
    field("data_format", &layers::ResizingOptions::data_format, "where the channels are", one_of({"channels_last", "channels_first"})));

namespace layers {
namespace {

class Resizing : public Layer {
 public:
  using Options = ResizingOptions;
  explicit Resizing(Options options) : options_(std::move(options)) {
    if (options_.height == 0 || options_.width == 0)
      throw Error(ErrorCode::kInvalidArgument, "a resizing layer needs a height and a width", "such as height: 224, width: 224");
    if (options_.crop_to_aspect_ratio && options_.pad_to_aspect_ratio)
      throw Error(ErrorCode::kInvalidArgument, "crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other");
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    Value x = ops.cast(context.inputs[0], DType::kFloat32);
    if (x.rank() != 4) throw wrong_spatial_axes(x.dims(), 2);
    x = channels_first(ops, x, options_.data_format);
    if (options_.crop_to_aspect_ratio) x = cropped(ops, x);
    if (options_.pad_to_aspect_ratio) x = padded_with_value(ops, x);
    return in_data_format(ops, resize(ops, x, {options_.height, options_.width}, options_.interpolation, options_.antialias),
                          options_.data_format);
  }

 private:
  struct Extent {
    std::int64_t rows;
    std::int64_t columns;
  };

  static Extent extent(const Value& x) {
    if (!x.dims()[2].known() || !x.dims()[3].known())
      throw Error(ErrorCode::kUnsupported, "an aspect ratio needs a known size of the pictures, got " + to_string(x.dims()),
                  "give the input layer its shape");
    return {x.dims()[2].value, x.dims()[3].value};
  }

  // Rows and columns that would have the new aspect ratio beside the old columns and rows; rounded down.
  Extent at_aspect_ratio(const Extent& old) const {
    return {static_cast<std::int64_t>(static_cast<float>(old.columns * options_.height) / static_cast<float>(options_.width)),
            static_cast<std::int64_t>(static_cast<float>(old.rows * options_.width) / static_cast<float>(options_.height))};
  }

  Value cropped(Ops& ops, const Value& x) const {
    const Extent old = extent(x);
    const Extent wanted = at_aspect_ratio(old);
    const std::int64_t rows = std::max<std::int64_t>(std::min(old.rows, wanted.rows), 1);
    const std::int64_t columns = std::max<std::int64_t>(std::min(old.columns, wanted.columns), 1);
    const std::int64_t top = (old.rows - rows) / 2, left = (old.columns - columns) / 2;
    if (rows == old.rows && columns == old.columns) return x;
    return ops.node("Slice", {x, ops.ints({top, left}), ops.ints({top + rows, left + columns}), ops.ints({2, 3})});
  }

  Value padded_with_value(Ops& ops, const Value& x) const {
    const Extent old = extent(x);
    const Extent wanted = at_aspect_ratio(old);
    const std::int64_t top = (std::max(old.rows, wanted.rows) - old.rows) / 2;
    const std::int64_t left = (std::max(old.columns, wanted.columns) - old.columns) / 2;
    if (top == 0 && left == 0) return x;
    return pad_axes(ops, x, 2, Sizes{top, left}, Sizes{top, left}, static_cast<float>(options_.fill_value));
  }

  Options options_;
};

}  // namespace

void add_resizing(LayerCatalog& catalog) { catalog.add(entry<Resizing>("Resizing")); }

}  // namespace layers
}  // namespace upkeep
