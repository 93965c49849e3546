// RandomRotation, RandomZoom, RandomTranslation, RandomShear: while training, the pixel (x, y) of the output is read at
//
//   (a0 x + a1 y + a2, b0 x + b1 y + b2)
//
// of the input, with other numbers for each picture. About the centre c = ((width - 1) / 2, (height - 1) / 2):
//
//   rotation     a = (cos t, -sin t), b = (sin t, cos t)      zoom     a = (z, 0), b = (0, z'), both about c
//   translation  a2 = -dx, b2 = -dy                           shear    a1 = s, b1 = s', about the corner
//
// GridSample reads with half a pixel's offset and coordinates of [-1, 1]: g = (2 x + 1) / width - 1.

#include <numbers>

#include "base/format.hpp"
#include "layers/shared/augmentation.hpp"

namespace upkeep {
namespace layers {

struct WarpOptions : AugmentationOptions {
  std::string fill_mode = "reflect";
  std::string interpolation = "bilinear";
  double fill_value = 0;
};

struct RandomRotationOptions : WarpOptions {
  Json factor = nullptr;
};
struct RandomZoomOptions : WarpOptions {
  Json height_factor = nullptr;
  Json width_factor = nullptr;
};
struct RandomTranslationOptions : WarpOptions {
  Json height_factor = nullptr;
  Json width_factor = nullptr;
};
struct RandomShearOptions : WarpOptions {
  Json x_factor = 0.0;
  Json y_factor = 0.0;
};

template <typename T>
static std::vector<Field> warp_fields() {
  std::vector<Field> all = {
      inherited<T>("fill_mode", &WarpOptions::fill_mode, "what is read outside the picture",
                   one_of({"reflect", "wrap", "constant", "nearest"})),
      inherited<T>("interpolation", &WarpOptions::interpolation, "what stands between the pixels", one_of({"bilinear", "nearest"})),
      inherited<T>("fill_value", &WarpOptions::fill_value, "the constant")};
  append_fields(all, augmentation_fields<T>());
  return all;
}

}  // namespace layers

template <>
const Settings settings<layers::RandomRotationOptions> = layers::describe_layer(
    "random_rotation", "turns pictures about their centre while training",
    field("factor", &layers::RandomRotationOptions::factor, "largest turn as a share of a whole one, or [low, high]; must be given"),
    layers::warp_fields<layers::RandomRotationOptions>());
template <>
const Settings settings<layers::RandomZoomOptions> = layers::describe_layer(
    "random_zoom", "shows more or less of pictures while training",
    field("height_factor", &layers::RandomZoomOptions::height_factor, "how much more at most, or [low, high]; must be given"),
    field("width_factor", &layers::RandomZoomOptions::width_factor, "the same across; null for as much as along the height"),
    layers::warp_fields<layers::RandomZoomOptions>());
template <>
const Settings settings<layers::RandomTranslationOptions> =
    layers::describe_layer("random_translation", "shifts pictures while training",
                           field("height_factor", &layers::RandomTranslationOptions::height_factor,
                                 "largest shift down as a share of the height, or [low, high]; must be given"),
                           field("width_factor", &layers::RandomTranslationOptions::width_factor, "the same to the right; must be given"),
                           layers::warp_fields<layers::RandomTranslationOptions>());
template <>
const Settings settings<layers::RandomShearOptions> =
    layers::describe_layer("random_shear", "slants pictures while training",
                           field("x_factor", &layers::RandomShearOptions::x_factor, "largest slant across, or [low, high]"),
                           field("y_factor", &layers::RandomShearOptions::y_factor, "largest slant along the height, or [low, high]"),
                           layers::warp_fields<layers::RandomShearOptions>());

namespace layers {
namespace {

// Where a pixel is read: each of them is [batch, 1, 1, 1], or absent for the number that the identity has there.
struct WarpPlaces {
  Value a0, a1, a2;
  Value b0, b1, b2;
};

struct Extent {
  float height;
  float width;
};

class Warp : public Augmentation {
 protected:
  explicit Warp(const WarpOptions& options) : Augmentation(options), options_(options) {}

  virtual WarpPlaces places(const BuildContext& context, Extent extent) const = 0;

  Value change(const BuildContext& context, const Value& x) const final {
    if (options_.fill_mode == "wrap")
      throw Error(ErrorCode::kUnsupported, "fill_mode: wrap is not supported in training", "reflect, constant or nearest");
    if (!x.dims()[2].known() || !x.dims()[3].known())
      throw Error(ErrorCode::kUnsupported, "training needs a known size of the pictures, got " + to_string(context.inputs[0].dims()),
                  "give the input layer its shape");
    Ops& ops = context.ops;
    const Extent extent{static_cast<float>(x.dims()[2].value), static_cast<float>(x.dims()[3].value)};
    const Value grid = sampling_grid(ops, places(context, extent), extent);
    const auto fill = static_cast<float>(options_.fill_value);
    const bool filled = options_.fill_mode == "constant" && fill != 0;
    const Value y = ops.node("GridSample", {filled ? ops.sub(x, fill) : x, grid}, attributes());
    return filled ? ops.add(y, fill) : y;
  }

 private:
  std::vector<Attribute> attributes() const {
    const bool nearest = options_.interpolation == "nearest";
    std::string outside = "zeros";
    if (options_.fill_mode == "reflect") outside = "reflection";
    if (options_.fill_mode == "nearest") outside = "border";
    return {{"align_corners", std::int64_t{0}, {}},
            {"mode", std::string(nearest ? "nearest" : "linear"), {}},
            {"padding_mode", std::move(outside), {}}};
  }

  // 0, 1, ..., n - 1 along one axis of [1, rows, columns, 1].
  static Value numbers(Ops& ops, float n, std::size_t axis) {
    std::vector<float> all;
    for (float i = 0; i < n; ++i) all.push_back(i);
    Shape shape = {1, 1, 1, 1};
    shape[axis] = static_cast<std::int64_t>(all.size());
    return ops.constant(Tensor(shape, std::move(all)));
  }

  static Value times(Ops& ops, const Value& factor, const Value& x) { return factor ? ops.mul(factor, x) : x; }

  // own * factor + other * factor + shift, as a coordinate of [-1, 1] over n pixels, on all of [batch, rows, columns, 1].
  static Value coordinate(Ops& ops, const Value& own, const Value& across, const Value& shift, float n) {
    Value place = across ? ops.add(own, across) : own;
    if (shift) place = ops.add(place, shift);
    return ops.sub(ops.mul(ops.add(place, 0.5F), 2 / n), 1.0F);
  }

  static Value sampling_grid(Ops& ops, const WarpPlaces& at, Extent extent) {
    const Value x = numbers(ops, extent.width, 2);
    const Value y = numbers(ops, extent.height, 1);
    const Value gx = coordinate(ops, times(ops, at.a0, x), at.a1 ? ops.mul(at.a1, y) : Value(), at.a2, extent.width);
    const Value gy = coordinate(ops, times(ops, at.b1, y), at.b0 ? ops.mul(at.b0, x) : Value(), at.b2, extent.height);
    const Value zero = ops.mul(ops.add(gx, gy), 0.0F);  // [batch, rows, columns, 1]
    return ops.concat({ops.add(gx, zero), ops.add(gy, zero)}, -1);
  }

  WarpOptions options_;
};

class RandomRotation : public Warp {
 public:
  using Options = RandomRotationOptions;
  explicit RandomRotation(const Options& options)
      : Warp(options), factor_(read_factor("random_rotation.factor", options.factor, {-1, 1})) {}

 protected:
  WarpPlaces places(const BuildContext& context, Extent extent) const override {
    Ops& ops = context.ops;
    constexpr auto kTurn = static_cast<float>(2 * std::numbers::pi);
    const Value angle = draw(context, "angle", {factor_.low * kTurn, factor_.high * kTurn});
    const Value cosine = ops.node("Cos", {angle});
    const Value sine = ops.node("Sin", {angle});
    const float cx = (extent.width - 1) / 2;
    const float cy = (extent.height - 1) / 2;
    const Value rest = ops.sub(1.0F, cosine);
    return {.a0 = cosine,
            .a1 = ops.neg(sine),
            .a2 = ops.add(ops.mul(rest, cx), ops.mul(sine, cy)),
            .b0 = sine,
            .b1 = cosine,
            .b2 = ops.sub(ops.mul(rest, cy), ops.mul(sine, cx))};
  }

 private:
  Interval factor_;
};

class RandomZoom : public Warp {
 public:
  using Options = RandomZoomOptions;
  explicit RandomZoom(const Options& options)
      : Warp(options), height_(read_factor("random_zoom.height_factor", options.height_factor, {-1, 1})) {
    if (!options.width_factor.is_null()) width_ = read_factor("random_zoom.width_factor", options.width_factor, {-1, 1});
  }

 protected:
  WarpPlaces places(const BuildContext& context, Extent extent) const override {
    Ops& ops = context.ops;
    const Value down = draw(context, "height", {1 + height_.low, 1 + height_.high});
    const Value across = width_ ? draw(context, "width", {1 + width_->low, 1 + width_->high}) : down;
    return {.a0 = across,
            .a1 = {},
            .a2 = ops.mul(ops.sub(1.0F, across), (extent.width - 1) / 2),
            .b0 = {},
            .b1 = down,
            .b2 = ops.mul(ops.sub(1.0F, down), (extent.height - 1) / 2)};
  }

 private:
  Interval height_;
  std::optional<Interval> width_;
};

class RandomTranslation : public Warp {
 public:
  using Options = RandomTranslationOptions;
  explicit RandomTranslation(const Options& options)
      : Warp(options),
        height_(read_factor("random_translation.height_factor", options.height_factor, {-1, 1})),
        width_(read_factor("random_translation.width_factor", options.width_factor, {-1, 1})) {}

 protected:
  WarpPlaces places(const BuildContext& context, Extent extent) const override {
    const Value down = draw(context, "height", {height_.low * extent.height, height_.high * extent.height});
    const Value across = draw(context, "width", {width_.low * extent.width, width_.high * extent.width});
    return {.a0 = {}, .a1 = {}, .a2 = context.ops.neg(across), .b0 = {}, .b1 = {}, .b2 = context.ops.neg(down)};
  }

 private:
  Interval height_;
  Interval width_;
};

class RandomShear : public Warp {
 public:
  using Options = RandomShearOptions;
  explicit RandomShear(const Options& options)
      : Warp(options),
        x_(read_factor("random_shear.x_factor", options.x_factor, {-1, 1})),
        y_(read_factor("random_shear.y_factor", options.y_factor, {-1, 1})) {}

 protected:
  WarpPlaces places(const BuildContext& context, Extent) const override {
    Ops& ops = context.ops;
    const Value back = ops.greater(draw(context, "sign", {0, 1}), 0.5F);
    const auto either_way = [&](const Value& slant) { return ops.where(back, ops.neg(slant), slant); };
    return {.a0 = {}, .a1 = either_way(draw(context, "x", x_)), .a2 = {}, .b0 = either_way(draw(context, "y", y_)), .b1 = {}, .b2 = {}};
  }

 private:
  Interval x_;
  Interval y_;
};

}  // namespace

void add_random_warp(LayerCatalog& catalog) {
  catalog.add(entry<RandomRotation>("RandomRotation"));
  catalog.add(entry<RandomZoom>("RandomZoom"));
  catalog.add(entry<RandomTranslation>("RandomTranslation"));
  catalog.add(entry<RandomShear>("RandomShear"));
}

}  // namespace layers
}  // namespace upkeep
