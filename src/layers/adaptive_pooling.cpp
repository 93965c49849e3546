// AdaptiveMaxPooling and AdaptiveAveragePooling over 1, 2 and 3 axes: an output of a given size. Along an axis of n elements, output i of
// m takes the elements [floor(i * n / m), ceil((i + 1) * n / m)).
//
// Axis by axis: the elements of each window are gathered, [.., m, longest window], and reduced. Shorter windows repeat their last element,
// which changes no maximum and weighs nothing in a mean.

#include <algorithm>
#include <utility>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

enum class AdaptivePool { kMax, kAverage };

struct AdaptiveFamily {
  Json output_size = nullptr;
  std::string data_format = "channels_last";
};

template <AdaptivePool kind, std::size_t Axes>
struct AdaptiveOptions : AdaptiveFamily {};

template <AdaptivePool kind, std::size_t Axes>
static Settings describe_adaptive() {
  using T = AdaptiveOptions<kind, Axes>;
  const bool max = kind == AdaptivePool::kMax;
  return describe<T>(
      upkeep::format("adaptive_{}_pooling{}d", max ? "max" : "average", Axes),
      max ? "the largest element of windows that make an output of a given size"
          : "the mean of windows that make an output of a given size",
      field<T, Json>("output_size", &T::output_size, "sizes of the output's spatial axes: a number or a list; must be given"),
      field<T, std::string>("data_format", &T::data_format, "where the channels are", one_of({"channels_last", "channels_first"})));
}

}  // namespace layers

template <>
const Settings settings<layers::AdaptiveOptions<layers::AdaptivePool::kMax, 1>> =
    layers::describe_adaptive<layers::AdaptivePool::kMax, 1>();
template <>
const Settings settings<layers::AdaptiveOptions<layers::AdaptivePool::kMax, 2>> =
    layers::describe_adaptive<layers::AdaptivePool::kMax, 2>();
template <>
const Settings settings<layers::AdaptiveOptions<layers::AdaptivePool::kMax, 3>> =
    layers::describe_adaptive<layers::AdaptivePool::kMax, 3>();
template <>
const Settings settings<layers::AdaptiveOptions<layers::AdaptivePool::kAverage, 1>> =
    layers::describe_adaptive<layers::AdaptivePool::kAverage, 1>();
template <>
const Settings settings<layers::AdaptiveOptions<layers::AdaptivePool::kAverage, 2>> =
    layers::describe_adaptive<layers::AdaptivePool::kAverage, 2>();
template <>
const Settings settings<layers::AdaptiveOptions<layers::AdaptivePool::kAverage, 3>> =
    layers::describe_adaptive<layers::AdaptivePool::kAverage, 3>();

namespace layers {
namespace {

class AdaptivePooling : public Layer {
 public:
  AdaptivePooling(const std::string& name, const AdaptiveFamily& options, AdaptivePool kind, std::size_t axes)
      : kind_(kind), data_format_(options.data_format) {
    if (options.output_size.is_null())
      throw Error(ErrorCode::kInvalidArgument, "a " + name + " layer needs an output_size", "such as output_size: 4");
    sizes_ = read_sizes(name + ".output_size", options.output_size, axes);
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    if (x.rank() != sizes_.size() + 2) throw wrong_spatial_axes(x.dims(), sizes_.size());
    if (data_format_ == "channels_first") return pool(ops, x, 2);
    if (!has_channels_first(ops, x)) return pool(ops, x, 1);
    return channels_last(ops, pool(ops, channels_first(ops, x), 2));
  }

 private:
  Value pool(Ops& ops, Value x, std::size_t first) const {
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      const Dim& n = x.dims()[first + i];
      if (!n.known())
        throw Error(ErrorCode::kInvalidArgument, "it expects known sizes of the spatial axes, got " + to_string(x.dims()),
                    "give the input layer its shape");
      if (n.value != sizes_[i]) x = pool_axis(ops, x, first + i, sizes_[i]);
    }
    return x;
  }

  Value pool_axis(Ops& ops, const Value& x, std::size_t axis, std::int64_t m) const {
    const std::int64_t n = x.dims()[axis].value;
    const auto window = [&](std::int64_t i) { return std::pair(i * n / m, ((i + 1) * n + m - 1) / m); };
    std::int64_t longest = 0;
    for (std::int64_t i = 0; i < m; ++i) longest = std::max(longest, window(i).second - window(i).first);
    std::vector<std::int64_t> places;
    std::vector<float> shares;
    for (std::int64_t i = 0; i < m; ++i) {
      const auto [begin, end] = window(i);
      for (std::int64_t k = begin; k < begin + longest; ++k) {
        places.push_back(std::min(k, end - 1));
        shares.push_back(k < end ? 1.0F / static_cast<float>(end - begin) : 0.0F);
      }
    }
    const auto at = static_cast<std::int64_t>(axis);
    const Value windows = ops.gather(x, ops.constant(Tensor({m, longest}, std::move(places))), at);
    if (kind_ == AdaptivePool::kMax) return ops.reduce_max(windows, {at + 1});
    Shape shape(x.rank() + 1 - axis, 1);
    shape[0] = m;
    shape[1] = longest;
    return ops.reduce_sum(ops.mul(windows, ops.constant(Tensor(std::move(shape), std::move(shares)))), {at + 1});
  }

  AdaptivePool kind_;
  std::string data_format_;
  Sizes sizes_;
};

template <AdaptivePool kind, std::size_t Axes>
class AdaptiveOver : public AdaptivePooling {
 public:
  using Options = AdaptiveOptions<kind, Axes>;
  explicit AdaptiveOver(const Options& options) : AdaptivePooling(settings<Options>.name(), options, kind, Axes) {}
};

template <AdaptivePool kind, std::size_t Axes>
LayerEntry adaptive_entry() {
  return entry<AdaptiveOver<kind, Axes>>(upkeep::format("Adaptive{}Pooling{}D", kind == AdaptivePool::kMax ? "Max" : "Average", Axes));
}

}  // namespace

void add_adaptive_pooling(LayerCatalog& catalog) {
  catalog.add(adaptive_entry<AdaptivePool::kMax, 1>());
  catalog.add(adaptive_entry<AdaptivePool::kMax, 2>());
  catalog.add(adaptive_entry<AdaptivePool::kMax, 3>());
  catalog.add(adaptive_entry<AdaptivePool::kAverage, 1>());
  catalog.add(adaptive_entry<AdaptivePool::kAverage, 2>());
  catalog.add(adaptive_entry<AdaptivePool::kAverage, 3>());
}

}  // namespace layers
}  // namespace upkeep
