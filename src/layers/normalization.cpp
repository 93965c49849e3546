// y = (x - mean) / max(sqrt(variance), 1e-7), with statistics of the data: given, or found by adapting (normalization_adapt.hpp).
//
// `axis` are the axes that keep statistics of their own, the last one by default; none for one mean of everything. With `invert`, x is
// undone: y = x * max(sqrt(variance), 1e-7) + mean.   Weights: mean, variance [kept axes], and Keras's count, which stays zero until the
// layer has been adapted.

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct NormalizationOptions {
  Json axis = -1;
  Json mean = nullptr;
  Json variance = nullptr;
  bool invert = false;
};

}  // namespace layers

template <>
const Settings settings<layers::NormalizationOptions> = describe<layers::NormalizationOptions>(
    "normalization", "mean 0 and variance 1, by statistics of the data",
    field("axis", &layers::NormalizationOptions::axis, "axes with statistics of their own: a number, a list, or null for none"),
    field("mean", &layers::NormalizationOptions::mean, "mean to use instead of one from the data; a number or a list"),
    field("variance", &layers::NormalizationOptions::variance, "variance to use instead of one from the data; a number or a list"),
    field("invert", &layers::NormalizationOptions::invert, "undo a normalization instead"));

namespace layers {
namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

// A number or nested lists of numbers.
struct Numbers {
  Shape shape;
  std::vector<double> values;
};

void append(const Json& json, std::size_t depth, Numbers& numbers) {
  if (!json.is_array()) {
    if (depth != numbers.shape.size()) throw wrong_type("lists of equal depth", json);
    numbers.values.push_back(from_json_checked<double>(json));
    return;
  }
  if (depth == numbers.shape.size() && numbers.values.empty()) numbers.shape.push_back(static_cast<std::int64_t>(json.size()));
  if (depth >= numbers.shape.size() || static_cast<std::int64_t>(json.size()) != numbers.shape[depth])
    throw wrong_type("lists of equal length", json);
  for (const Json& item : json) append(item, depth + 1, numbers);
}

std::optional<Numbers> read_numbers(const Json& json) {
  if (json.is_null()) return std::nullopt;
  Numbers numbers;
  append(json, 0, numbers);
  return numbers;
}

class Normalization : public Layer {
 public:
  using Options = NormalizationOptions;

  explicit Normalization(const Options& options) : invert_(options.invert) {
    mean_ = in_context("normalization.mean", [&] { return read_numbers(options.mean); });
    variance_ = in_context("normalization.variance", [&] { return read_numbers(options.variance); });
    if (mean_.has_value() != variance_.has_value() || (mean_ && mean_->shape != variance_->shape))
      throw Error(ErrorCode::kInvalidArgument, "mean and variance are given together, with one shape, or not at all");
    if (variance_ && std::ranges::any_of(variance_->values, [](double v) { return v < 0; }))
      throw Error(ErrorCode::kInvalidArgument, "a variance is negative: " + options.variance.dump());
    if (!options.axis.is_null())
      axes_ = in_context("normalization.axis", [&] { return from_json_checked<std::vector<std::int64_t>>(options.axis); });
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    if (mean_) return {};
    Shape shape;
    for (const std::size_t axis : kept(inputs[0])) shape.push_back(inputs[0][axis].value);
    return {{.name = "mean", .shape = shape, .initializer = "zeros", .trainable = false},
            {.name = "variance", .shape = shape, .initializer = "ones", .trainable = false},
            {.name = "count", .shape = {}, .initializer = "zeros", .trainable = false, .unread = true}};
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    const Dims& dims = context.inputs[0].dims();
    const Value mean = mean_ ? given(ops, *mean_, dims, [](double m) { return m; }) : spread(ops, context.weight("mean"), dims);
    const Value divisor =
        variance_ ? given(ops, *variance_, dims, [](double v) { return std::max(std::sqrt(v), kEpsilon); })
                  : spread(ops, ops.max(ops.sqrt(context.weight("variance")), ops.constant(static_cast<float>(kEpsilon))), dims);
    if (invert_) return ops.add(ops.mul(x, divisor), mean);
    return ops.div(ops.sub(x, mean), divisor);
  }
  // Keras 2 hands no mask on.
  Value mask(const BuildContext& context) const override { return context.mask_rules == MaskRules::kKeras2 ? Value() : context.mask(0); }

 private:
  std::vector<std::size_t> kept(const Dims& dims) const {
    const auto rank = static_cast<std::int64_t>(dims.size());
    std::vector<std::size_t> kept;
    for (const std::int64_t axis : axes_) {
      if (axis < -rank || axis >= rank)
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("axis {} is outside the input {}", axis, to_string(dims)));
      kept.push_back(static_cast<std::size_t>(axis < 0 ? axis + rank : axis));
      if (!dims[kept.back()].known())
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("axis {} of the input {} has no known size", axis, to_string(dims)),
                    "keep statistics for axes of known size, or give the input layer its shape");
    }
    std::ranges::sort(kept);
    return kept;
  }

  // Statistics of the kept axes under a shape that broadcasts against x.
  Value spread(Ops& ops, Value statistics, const Dims& dims) const {
    const std::vector<std::size_t> axes = kept(dims);
    const bool last_ones = axes.empty() || axes.front() == dims.size() - axes.size();
    if (last_ones) return statistics;
    std::vector<std::int64_t> shape(dims.size(), 1);
    for (const std::size_t axis : axes) shape[axis] = dims[axis].value;
    return ops.reshape(statistics, std::move(shape));
  }

  // Given numbers stand for the kept axes from the right.
  Value given(Ops& ops, const Numbers& numbers, const Dims& dims, double (*map)(double)) const {
    std::vector<float> values;
    for (const double value : numbers.values) values.push_back(static_cast<float>(map(value)));
    if (numbers.shape.empty()) return ops.constant(values[0]);
    const std::vector<std::size_t> axes = kept(dims);
    Shape shape(dims.size(), 1);
    for (std::size_t i = 1; i <= numbers.shape.size(); ++i) {
      const std::int64_t size = numbers.shape[numbers.shape.size() - i];
      if (i > axes.size() || (size != 1 && size != dims[axes[axes.size() - i]].value))
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("mean and variance of shape {} do not fit the input {}", to_string(numbers.shape), to_string(dims)));
      shape[axes[axes.size() - i]] = size;
    }
    return ops.constant(Tensor(std::move(shape), std::move(values)));
  }

  std::vector<std::int64_t> axes_;
  std::optional<Numbers> mean_;
  std::optional<Numbers> variance_;
  bool invert_ = false;
};

// scale * x + offset = (x - mean) / sqrt(variance) with mean = -offset / scale and variance = 1 / scale^2, where every scale is positive.
std::optional<Recognised> recognise_normalization(const GraphView& graph, std::size_t index) {
  const std::optional<Affine> chain = affine_chain(graph, index);
  if (!chain || chain->scale.size() < 2) return std::nullopt;
  const Dims* input = dims(graph, chain->input);
  const auto size = static_cast<std::int64_t>(chain->scale.size());
  if (!input || input->size() < 2 || input->back() != Dim(size)) return std::nullopt;
  std::vector<float> mean;
  std::vector<float> variance;
  for (std::size_t i = 0; i < chain->scale.size(); ++i) {
    if (!(chain->scale[i] > 0) || 1 / chain->scale[i] <= kEpsilon) return std::nullopt;
    mean.push_back(static_cast<float>(-chain->offset[i] / chain->scale[i]));
    variance.push_back(static_cast<float>(1 / (chain->scale[i] * chain->scale[i])));
  }
  return Recognised{.weights = {{"mean", Tensor({size}, std::move(mean))}, {"variance", Tensor({size}, std::move(variance))}},
                    .nodes = chain->nodes,
                    .inputs = {chain->input},
                    .output = chain->output};
}

}  // namespace

void add_normalization(LayerCatalog& catalog) { catalog.add(entry<Normalization>("Normalization", recognise_normalization)); }

}  // namespace layers
}  // namespace upkeep
