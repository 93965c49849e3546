// ContrastLimitedAdaptiveHistogramEqualization (Zuiderveld 1994), as Keras does it, in training and at inference alike.
//
// A picture is cut into tiles. In each tile and channel, the histogram of the 256 values has its counts limited, what is above the limit
// being spread over all values; its running sum, stretched to [0, 255], says what becomes of a value there. A pixel takes what the four
// nearest tiles say, weighted by its distance from their centres.

#include <cmath>

#include "base/format.hpp"
#include "layers/shared/augmentation.hpp"
#include "layers/shared/window.hpp"

namespace upkeep {
namespace layers {

struct ClaheOptions {
  Json value_range = {0, 255};
  double clip_limit = 4;
  Json tile_grid_size = {8, 8};
  std::string data_format = "channels_last";
};

}  // namespace layers

template <>
const Settings settings<layers::ClaheOptions> = describe<layers::ClaheOptions>(
    "contrast_limited_adaptive_histogram_equalization", "spreads the values of pictures evenly, tile by tile",
    field("value_range", &layers::ClaheOptions::value_range, "least and largest value of a pixel"),
    field("clip_limit", &layers::ClaheOptions::clip_limit, "how many times the mean count a value may have; 0 for no limit",
          range(0.0, 1e30)),
    field("tile_grid_size", &layers::ClaheOptions::tile_grid_size, "tiles along the height and the width"),
    field("data_format", &layers::ClaheOptions::data_format, "where the channels are", one_of({"channels_last", "channels_first"})));

namespace layers {
namespace {

constexpr std::int64_t kValues = 256;

// One axis of the picture: n pixels in `tiles` tiles of `tile` pixels each, the last ones filled up by mirrored pixels.
struct TiledAxis {
  std::int64_t n;
  std::int64_t tiles;
  std::int64_t tile = (n + tiles - 1) / tiles;
  std::int64_t padded = tile * tiles;

  // The pixels that stand in each place.
  std::vector<std::int64_t> pixels() const {
    std::vector<std::int64_t> all;
    for (std::int64_t i = 0; i < padded; ++i) all.push_back(i < n ? i : 2 * n - 1 - i);
    return all;
  }
  // Tile i - 1 stands at i: the outermost ones stand twice.
  std::vector<std::int64_t> repeated_ends() const {
    std::vector<std::int64_t> all = {0};
    for (std::int64_t i = 0; i < tiles; ++i) all.push_back(i);
    all.push_back(tiles - 1);
    return all;
  }
  // Where a pixel lies between the centres of tiles, in float32 as Keras.
  float place(std::int64_t pixel) const {
    const auto size = static_cast<float>(tile);
    return (static_cast<float>(pixel) - size / 2) / size + 1;
  }
};

struct Neighbours {
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
  std::vector<float> weight;  // of `after`
};

Neighbours neighbours(const TiledAxis& axis) {
  Neighbours found;
  for (std::int64_t i = 0; i < axis.padded; ++i) {
    const float place = axis.place(i);
    const float tile = std::floor(place);
    const auto before = static_cast<std::int64_t>(tile);
    found.before.push_back(std::clamp<std::int64_t>(before, 0, axis.tiles + 1));
    found.after.push_back(std::clamp<std::int64_t>(before + 1, 0, axis.tiles + 1));
    found.weight.push_back(place - tile);
  }
  return found;
}

// A constant along one axis of [batch, rows, columns, channels].
template <typename T>
Value along(Ops& ops, std::vector<T> values, std::size_t axis) {
  Shape shape = {1, 1, 1, 1};
  shape[axis] = static_cast<std::int64_t>(values.size());
  return ops.constant(Tensor(shape, std::move(values)));
}

std::vector<std::int64_t> multiples(std::vector<std::int64_t> values, std::int64_t factor) {
  for (std::int64_t& value : values) value *= factor;
  return values;
}

struct Tiling {
  TiledAxis rows;
  TiledAxis columns;
  std::int64_t channels;
  std::int64_t tile_size() const { return rows.tile * columns.tile; }
};

class Clahe : public Layer {
 public:
  using Options = ClaheOptions;

  explicit Clahe(Options options)
      : options_(std::move(options)),
        range_(read_interval("value_range", options_.value_range)),
        grid_(read_sizes("tile_grid_size", options_.tile_grid_size, 2)) {}

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    Value x = ops.cast(context.inputs[0], DType::kFloat32);
    if (x.rank() != 4) throw wrong_spatial_axes(x.dims(), 2);
    const bool moved = options_.data_format == "channels_first";
    if (moved) x = ops.transpose(x, {0, 2, 3, 1});
    const Value y = equalized(ops, x, tiling(x.dims()));
    return moved ? ops.transpose(y, {0, 3, 1, 2}) : y;
  }

 private:
  Tiling tiling(const Dims& dims) const {
    if (!dims[1].known() || !dims[2].known() || !dims[3].known())
      throw Error(ErrorCode::kUnsupported, "it needs a known size of the pictures, got " + to_string(dims),
                  "give the input layer its shape");
    Tiling tiling{.rows = {dims[1].value, grid_[0]}, .columns = {dims[2].value, grid_[1]}, .channels = dims[3].value};
    if (tiling.rows.padded > 2 * tiling.rows.n || tiling.columns.padded > 2 * tiling.columns.n)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("pictures {} are too small for {} x {} tiles", to_string(dims), grid_[0], grid_[1]),
                  "a smaller tile_grid_size");
    return tiling;
  }

  Value equalized(Ops& ops, Value x, const Tiling& tiling) const {
    const float width = range_.high - range_.low;
    const bool scaled = range_.low != 0 || range_.high != 255;
    if (scaled) x = ops.mul(ops.div(ops.sub(x, range_.low), width), 255);
    const Value whole = ops.gather(ops.gather(x, ops.ints(tiling.rows.pixels()), 1), ops.ints(tiling.columns.pixels()), 2);
    const Value pixels = ops.cast(ops.clip(whole, 0, 255), DType::kInt64);
    Value y = interpolated(ops, pixels, tables(ops, pixels, tiling), tiling);
    y = ops.node("Slice", {y, ops.ints({0, 0}), ops.ints({tiling.rows.n, tiling.columns.n}), ops.ints({1, 2})});
    return scaled ? ops.add(ops.mul(ops.div(y, 255), width), range_.low) : y;
  }

  // What becomes of each value, [batch, rows + 2, columns + 2, channels * 256] in tiles.
  Value tables(Ops& ops, const Value& pixels, const Tiling& tiling) const {
    const Value tiles = ops.reshape(ops.transpose(ops.reshape(pixels, {-1, tiling.rows.tiles, tiling.rows.tile, tiling.columns.tiles,
                                                                       tiling.columns.tile, tiling.channels}),
                                                  {0, 1, 3, 5, 2, 4}),
                                    {-1, tiling.tile_size()});
    const Value count = ops.node("Slice", {ops.shape(tiles), ops.ints({0}), ops.ints({1})});
    const Value none = ops.expand(ops.constant(0.0F), ops.concat({count, ops.ints({kValues})}, 0));
    const Value ones = ops.expand(ops.constant(1.0F), ops.shape(tiles));
    Value counts = ops.node("ScatterElements", {none, tiles, ones}, {{"axis", std::int64_t{1}, {}}, {"reduction", std::string("add"), {}}});
    const auto size = static_cast<float>(tiling.tile_size());
    if (options_.clip_limit > 0) {
      const Value limited = ops.min(counts, ops.constant(static_cast<float>(options_.clip_limit) * size / kValues));
      const Value excess = ops.reduce_sum(ops.sub(counts, limited), {1}, true);
      counts = ops.add(limited, ops.div(excess, kValues));
    }
    const Value sums = ops.node("CumSum", {counts, ops.constant(Tensor::scalar(std::int64_t{1}))});
    const Value least = ops.reduce("ReduceMin", sums, {1}, true);
    const Value rest = ops.sub(size, least);
    const Value divisor = ops.where(ops.equal(rest, ops.constant(0.0F)), ops.constant(1.0F), rest);
    const Value table = ops.clip(ops.div(ops.mul(ops.sub(sums, least), 255), divisor), 0, 255);
    const Value by_tile = ops.reshape(table, {-1, tiling.rows.tiles, tiling.columns.tiles, tiling.channels * kValues});
    return ops.gather(ops.gather(by_tile, ops.ints(tiling.rows.repeated_ends()), 1), ops.ints(tiling.columns.repeated_ends()), 2);
  }

  static Value interpolated(Ops& ops, const Value& pixels, const Value& tables, const Tiling& tiling) {
    const std::int64_t across = tiling.channels * kValues;
    const std::int64_t down = across * (tiling.columns.tiles + 2);
    const Neighbours y = neighbours(tiling.rows);
    const Neighbours x = neighbours(tiling.columns);
    std::vector<std::int64_t> channels;
    for (std::int64_t c = 0; c < tiling.channels; ++c) channels.push_back(c * kValues);
    const Value flat = ops.reshape(tables, {0, -1});
    const Value base = ops.add(pixels, along(ops, channels, 3));
    const Value shape = ops.shape(pixels);
    const auto read = [&](const std::vector<std::int64_t>& rows, const std::vector<std::int64_t>& columns) {
      const Value places = ops.add(ops.add(base, along(ops, multiples(rows, down), 1)), along(ops, multiples(columns, across), 2));
      return ops.reshape(ops.node("GatherElements", {flat, ops.reshape(places, {0, -1})}, {{"axis", std::int64_t{1}, {}}}), shape);
    };
    const auto between = [&](const Value& a, const Value& b, const Value& weight) {
      return ops.add(ops.mul(a, ops.sub(1.0F, weight)), ops.mul(b, weight));
    };
    const Value wx = along(ops, x.weight, 2);
    const Value top = between(read(y.before, x.before), read(y.before, x.after), wx);
    const Value bottom = between(read(y.after, x.before), read(y.after, x.after), wx);
    return between(top, bottom, along(ops, y.weight, 1));
  }

  Options options_;
  Interval range_;
  Sizes grid_;
};

}  // namespace

void add_clahe(LayerCatalog& catalog) { catalog.add(entry<Clahe>("ContrastLimitedAdaptiveHistogramEqualization")); }

}  // namespace layers
}  // namespace upkeep
