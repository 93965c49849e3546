// Cropping1D, 2D, 3D: takes elements off both ends of the spatial axes. `cropping` is written as ZeroPadding's `padding` is.

#include <algorithm>
#include <limits>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/layout.hpp"
#include "layers/sides.hpp"

namespace upkeep {
namespace layers {

struct CroppingFamily {
  Json cropping;
  std::string data_format = "channels_last";
};

template <std::size_t Axes>
struct CroppingOptions : CroppingFamily {
  CroppingOptions() { cropping = same_sides(Axes == 1 ? 1 : Axes == 2 ? 0 : 1, Axes); }
};

template <std::size_t Axes>
static Settings describe_cropping() {
  using T = CroppingOptions<Axes>;
  std::vector<Field> fields = {field<T, Json>(
      "cropping", &T::cropping,
      Axes == 1 ? "how many: a number, or [before, after]" : "how many: a number, one per axis, or [before, after] per axis")};
  if (Axes > 1)
    fields.push_back(
        field<T, std::string>("data_format", &T::data_format, "where the channels are", one_of({"channels_last", "channels_first"})));
  return Settings(upkeep::format("cropping{}d", Axes), "takes elements off the ends of the spatial axes", std::move(fields));
}

}  // namespace layers

template <>
const Settings settings<layers::CroppingOptions<1>> = layers::describe_cropping<1>();
template <>
const Settings settings<layers::CroppingOptions<2>> = layers::describe_cropping<2>();
template <>
const Settings settings<layers::CroppingOptions<3>> = layers::describe_cropping<3>();

namespace layers {
namespace {

template <std::size_t Axes>
class Cropping : public Layer {
 public:
  using Options = CroppingOptions<Axes>;
  explicit Cropping(Options options)
      : options_(std::move(options)), sides_(read_sides(upkeep::format("cropping{}d.cropping", Axes), options_.cropping, Axes)) {}

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = context.inputs[0];
    if (x.rank() != Axes + 2) throw wrong_spatial_axes(x.dims(), Axes);
    if (options_.data_format == "channels_first") return crop(ops, x, 2);
    if (!has_channels_first(ops, x)) return crop(ops, x, 1);
    return channels_last(ops, crop(ops, channels_first(ops, x), 2));
  }

 private:
  Value crop(Ops& ops, const Value& x, std::size_t first) const {
    Sizes starts, ends, axes;
    for (std::size_t i = 0; i < Axes; ++i) {
      const Dim& size = x.dims()[first + i];
      if (size.known() && sides_.before[i] + sides_.after[i] >= size.value)
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("cropping {} and {} leaves nothing of {} elements", sides_.before[i], sides_.after[i], size.value),
                    "take less");
      starts.push_back(sides_.before[i]);
      ends.push_back(sides_.after[i] == 0 ? std::numeric_limits<std::int64_t>::max() : -sides_.after[i]);
      axes.push_back(static_cast<std::int64_t>(first + i));
    }
    return ops.node("Slice", {x, ops.ints(starts), ops.ints(ends), ops.ints(axes)});
  }

  Options options_;
  Sides sides_;
};

}  // namespace

void add_cropping(LayerCatalog& catalog) {
  catalog.add(entry<Cropping<1>>("Cropping1D"));
  catalog.add(entry<Cropping<2>>("Cropping2D"));
  catalog.add(entry<Cropping<3>>("Cropping3D"));
}

}  // namespace layers
}  // namespace upkeep
