// Constraints on L2 norms over some axes, with n the norm and c what it is to be:
//
//   max_norm       c = min(n, max_value)
//   unit_norm      c = 1
//   min_max_norm   c = rate * clip(n, min_value, max_value) + (1 - rate) * n
//
//   w = w * c / (n + 1e-7)
//
// The default, axis 0, bounds the weights into each unit of a dense layer.

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "train/constraints/constraint.hpp"

namespace upkeep {

namespace constraints {

using Axes = std::vector<std::int64_t>;

struct MaxNorm {
  double max_value = 2.0;
  Axes axis = {0};
};

struct UnitNorm {
  Axes axis = {0};
};

struct MinMaxNorm {
  double min_value = 0.0;
  double max_value = 1.0;
  double rate = 1.0;
  Axes axis = {0};
};

}  // namespace constraints

inline constexpr const char* kAxisHelp = "the norm is over these axes";

template <>
inline const Settings settings<constraints::MaxNorm> = describe<constraints::MaxNorm>(
    "max_norm", "no norm above a bound", field("max_value", &constraints::MaxNorm::max_value, "largest norm", range(0.0, 1e30)),
    field("axis", &constraints::MaxNorm::axis, kAxisHelp));

template <>
inline const Settings settings<constraints::UnitNorm> =
    describe<constraints::UnitNorm>("unit_norm", "every norm is one", field("axis", &constraints::UnitNorm::axis, kAxisHelp));

template <>
inline const Settings settings<constraints::MinMaxNorm> = describe<constraints::MinMaxNorm>(
    "min_max_norm", "norms between two bounds", field("min_value", &constraints::MinMaxNorm::min_value, "smallest norm", range(0.0, 1e30)),
    field("max_value", &constraints::MinMaxNorm::max_value, "largest norm", range(0.0, 1e30)),
    field("rate", &constraints::MinMaxNorm::rate, "share of the way that each update goes", range(0.0, 1.0)),
    field("axis", &constraints::MinMaxNorm::axis, kAxisHelp));

namespace constraints {
namespace {

// Which norm each element counts in: an element's number among the axes that are kept.
class NormIndex {
 public:
  NormIndex(const Shape& shape, const Axes& axes) : shape_(shape), strides_(shape.size(), 0), at_(shape.size(), 0) {
    std::vector<bool> reduced(shape.size(), false);
    const auto rank = static_cast<std::int64_t>(shape.size());
    for (const std::int64_t axis : axes) {
      if (axis < -rank || axis >= rank)
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("a constraint over axis {} of a weight {}", axis, to_string(shape)));
      reduced[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
    }
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (reduced[i]) continue;
      strides_[i] = count_;
      count_ *= static_cast<std::size_t>(shape[i]);
    }
  }

  std::size_t count() const { return count_; }

  // The norm of one element after the other.
  std::size_t next() {
    const std::size_t index = index_;
    for (std::size_t i = shape_.size(); i-- > 0;) {
      index_ += strides_[i];
      if (++at_[i] < shape_[i]) break;
      index_ -= strides_[i] * static_cast<std::size_t>(shape_[i]);
      at_[i] = 0;
    }
    return index;
  }

 private:
  const Shape& shape_;
  std::vector<std::size_t> strides_;
  std::vector<std::int64_t> at_;
  std::size_t count_ = 1;
  std::size_t index_ = 0;
};

std::vector<float> norms(const Shape& shape, std::span<const float> weight, const Axes& axes) {
  NormIndex index(shape, axes);
  std::vector<double> sums(index.count());
  for (const float w : weight) sums[index.next()] += double{w} * double{w};
  std::vector<float> roots;
  for (const double sum : sums) roots.push_back(static_cast<float>(std::sqrt(sum)));
  return roots;
}

// `wanted` is the norm that one of this size is to have.
template <typename Wanted>
Constraint on_norms(const Axes& axes, const Wanted& wanted) {
  return [=](const Shape& shape, std::span<float> weight) {
    std::vector<float> factors = norms(shape, weight, axes);
    for (float& norm : factors) norm = wanted(norm) / (1e-7f + norm);
    NormIndex index(shape, axes);
    for (float& w : weight) w *= factors[index.next()];
  };
}

Constraint max_norm(const Json& values) {
  const auto options = parse<MaxNorm>(values);
  return on_norms(options.axis, [bound = static_cast<float>(options.max_value)](float norm) { return std::min(norm, bound); });
}

Constraint unit_norm(const Json& values) {
  return on_norms(parse<UnitNorm>(values).axis, [](float) { return 1.0f; });
}

Constraint min_max_norm(const Json& values) {
  const auto options = parse<MinMaxNorm>(values);
  const auto low = static_cast<float>(options.min_value), high = static_cast<float>(options.max_value);
  const auto rate = static_cast<float>(options.rate), rest = static_cast<float>(1.0 - options.rate);
  return on_norms(options.axis, [=](float norm) { return rate * std::min(std::max(norm, low), high) + rest * norm; });
}

template <typename T>
ConstraintEntry entry(std::string keras_class, Constraint (*make)(const Json&)) {
  const Settings& about = settings<T>;
  return {.name = about.name(), .aliases = {std::move(keras_class)}, .help = about.help(), .settings = about, .make = make};
}

}  // namespace

void add_max_norm(ConstraintCatalog& catalog) {
  catalog.add(entry<MaxNorm>("MaxNorm", max_norm));
  catalog.add(entry<UnitNorm>("UnitNorm", unit_norm));
  catalog.add(entry<MinMaxNorm>("MinMaxNorm", min_max_norm));
}

}  // namespace constraints
}  // namespace upkeep
