// Crossentropies, as the losses of the same names:
//
//   binary_crossentropy               mean_k -(t log(p) + (1 - t) log(1 - p)), p within [1e-7, 1 - 1e-7]; from logits log(1 + e^x) - t x
//   categorical_crossentropy          -sum_k t log(p), p normalised to the sum 1, then within the same; from logits its log-softmax
//   sparse_categorical_crossentropy   -log of the true class's probability, the softmax of log(p within the same); from logits x, of x
//
// Targets of ignore_class do not count.

#include <cmath>

#include "metrics/positions.hpp"

namespace upkeep::metrics {

namespace {

struct BinaryCrossentropyMean {
  bool from_logits = false;
  double label_smoothing = 0.0;

  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  bool operator==(const BinaryCrossentropyMean&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs& pairs) const {
    double sum = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i)
      sum += element(prediction[i], target[i] * (1 - label_smoothing) + 0.5 * label_smoothing, pairs);
    return sum / static_cast<double>(prediction.size());
  }

 private:
  double element(double prediction, double target, const Pairs& pairs) const {
    if (from_logits) {
      return std::max(prediction, 0.0) - target * prediction + std::log1p(std::exp(-std::abs(prediction)));
    }
    const double p = clipped_probability(prediction, pairs);
    return -(target * std::log(p) + (1 - target) * std::log(1 - p));
  }
};

// log sum_k e^x_k
template <typename Value>
double log_sum_exp(std::size_t count, const Value& value) {
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, value(i));
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::exp(value(i) - largest);
  return largest + std::log(sum);
}

struct CategoricalCrossentropyMean {
  bool from_logits = false;
  double label_smoothing = 0.0;

  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  bool operator==(const CategoricalCrossentropyMean&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs& pairs) const {
    const auto classes = static_cast<double>(prediction.size());
    double total = 0;
    for (const double p : prediction) total += p;
    const double norm = from_logits ? log_sum_exp(prediction.size(), [&](std::size_t i) { return prediction[i]; }) : total;
    double sum = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i) {
      const double logarithm = from_logits ? prediction[i] - norm : std::log(clipped_probability(prediction[i] / norm, pairs));
      sum -= (target[i] * (1 - label_smoothing) + label_smoothing / classes) * logarithm;
    }
    return sum;
  }
};

struct SparseCrossentropyMean {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class;

  static constexpr auto pair = with_class_indices;
  static constexpr bool kProportion = false;
  bool operator==(const SparseCrossentropyMean&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs& pairs) const {
    if (ignore_class && target[0] == static_cast<double>(*ignore_class)) return std::nullopt;
    if (!(target[0] >= 0 && target[0] < static_cast<double>(prediction.size())))
      throw Error(ErrorCode::kInvalidArgument, "target " + std::to_string(target[0]) + " is no class index",
                  "classes are 0 to " + std::to_string(prediction.size() - 1));
    const auto logit = [&](std::size_t i) { return from_logits ? prediction[i] : std::log(clipped_probability(prediction[i], pairs)); };
    return log_sum_exp(prediction.size(), logit) - logit(static_cast<std::size_t>(target[0]));
  }
};

constexpr const char* kFromLogits = "predictions are logits, not probabilities";

}  // namespace

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::BinaryCrossentropyMean> = describe<metrics::BinaryCrossentropyMean>(
    "binary_crossentropy", "crossentropy of independent yes/no answers",
    field("from_logits", &metrics::BinaryCrossentropyMean::from_logits, metrics::kFromLogits),
    field("label_smoothing", &metrics::BinaryCrossentropyMean::label_smoothing, "share of the targets that moves to 1/2", range(0.0, 1.0)));

template <>
inline const Settings settings<metrics::CategoricalCrossentropyMean> = describe<metrics::CategoricalCrossentropyMean>(
    "categorical_crossentropy", "crossentropy of one class out of K, given as a vector",
    field("from_logits", &metrics::CategoricalCrossentropyMean::from_logits, metrics::kFromLogits),
    field("label_smoothing", &metrics::CategoricalCrossentropyMean::label_smoothing, "share of the targets that moves to 1/K",
          range(0.0, 1.0)));

template <>
inline const Settings settings<metrics::SparseCrossentropyMean> = describe<metrics::SparseCrossentropyMean>(
    "sparse_categorical_crossentropy", "crossentropy of one class out of K, given as its index",
    field("from_logits", &metrics::SparseCrossentropyMean::from_logits, metrics::kFromLogits),
    field("ignore_class", &metrics::SparseCrossentropyMean::ignore_class, "targets of this index do not count; null: all do"));

}  // namespace upkeep

namespace upkeep::metrics {

void add_crossentropy(MetricCatalog& catalog) {
  catalog.add(described_position_entry<BinaryCrossentropyMean>({.name = "binary_crossentropy",
                                                                .aliases = {"BinaryCrossentropy", "bce", "BCE"},
                                                                .help = "crossentropy of independent yes/no answers",
                                                                .judges = Judges::kScores}));
  catalog.add(described_position_entry<CategoricalCrossentropyMean>({.name = "categorical_crossentropy",
                                                                     .aliases = {"CategoricalCrossentropy"},
                                                                     .help = "crossentropy of one class out of K, given as a vector",
                                                                     .judges = Judges::kScores,
                                                                     .by_class = true}));
  catalog.add(described_position_entry<SparseCrossentropyMean>({.name = "sparse_categorical_crossentropy",
                                                                .aliases = {"SparseCategoricalCrossentropy"},
                                                                .help = "crossentropy of one class out of K, given as its index",
                                                                .judges = Judges::kScores,
                                                                .by_class = true}));
}

}  // namespace upkeep::metrics
