#include "explain/background.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/random.hpp"
#include "explain/coalitions.hpp"
#include "explain/row_numbers.hpp"
#include "explain/subject.hpp"

namespace upkeep::explain {

namespace {

constexpr std::size_t kMostRowsToCluster = 2000;  // beyond it, centres are found among so many rows; all rows still count in the weights
constexpr int kMostRounds = 50;
constexpr int kPowerSteps = 100;

struct Chosen {
  std::vector<std::int64_t> rows;
  std::vector<double> weights;
};

Chosen evenly_weighted(std::vector<std::int64_t> rows) {
  const double weight = 1 / static_cast<double>(rows.size());
  std::vector<double> weights(rows.size(), weight);
  return {std::move(rows), std::move(weights)};
}

Chosen sampled(std::int64_t count, std::int64_t wanted, std::uint64_t seed) {
  std::vector<std::int64_t> order = Random(seed, stream_id("background")).permutation(count);
  order.resize(static_cast<std::size_t>(std::min(count, wanted)));
  std::ranges::sort(order);
  return evenly_weighted(std::move(order));
}

double squared_distance(const float* a, const float* b, std::size_t width) {
  float sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// Centres of k-means: the first by chance, each further one with chances by its squared distance (Arthur & Vassilvitskii 2007).
class KMeans {
 public:
  KMeans(const RowNumbers& numbers, std::size_t clusters, std::uint64_t seed)
      : numbers_(numbers), clusters_(clusters), random_(seed, stream_id("background")) {
    const auto count = static_cast<std::int64_t>(numbers.rows);
    fitted_.resize(numbers.rows);
    std::iota(fitted_.begin(), fitted_.end(), std::int64_t{0});
    if (numbers.rows > kMostRowsToCluster) {
      fitted_ = random_.permutation(count);
      fitted_.resize(kMostRowsToCluster);
    }
    begin();
    for (int round = 0; round < kMostRounds && improve(); ++round) continue;
  }

  // Of each centre the nearest real row, weighted by the rows that are nearest to the centre.
  Chosen chosen() const {
    const std::size_t made = centres_.size() / numbers_.width;
    std::vector<double> counts(made), distances(made, std::numeric_limits<double>::infinity());
    std::vector<std::int64_t> nearest_row(made);
    for (std::size_t row = 0; row < numbers_.rows; ++row) {
      const auto [centre, distance] = nearest(row);
      ++counts[centre];
      if (distance >= distances[centre]) continue;
      distances[centre] = distance;
      nearest_row[centre] = static_cast<std::int64_t>(row);
    }
    std::map<std::int64_t, double> weights;
    for (std::size_t c = 0; c < made; ++c)
      if (counts[c] > 0) weights[nearest_row[c]] += counts[c] / static_cast<double>(numbers_.rows);
    Chosen all;
    for (const auto& [row, weight] : weights) {
      all.rows.push_back(row);
      all.weights.push_back(weight);
    }
    return all;
  }

 private:
  void add_centre(std::int64_t row) {
    const float* const values = numbers_.row(static_cast<std::size_t>(row));
    centres_.insert(centres_.end(), values, values + numbers_.width);
  }

  void begin() {
    add_centre(fitted_[random_.below(fitted_.size())]);
    std::vector<double> distances(fitted_.size(), std::numeric_limits<double>::infinity());
    for (std::size_t c = 1; c < clusters_; ++c) {
      double sum = 0;
      for (std::size_t i = 0; i < fitted_.size(); ++i) {
        const float* const row = numbers_.row(static_cast<std::size_t>(fitted_[i]));
        distances[i] = std::min(distances[i], squared_distance(row, &centres_[(c - 1) * numbers_.width], numbers_.width));
        sum += distances[i];
      }
      if (!(sum > 0)) return;  // fewer different rows than clusters
      double place = random_.uniform() * sum;
      std::size_t i = 0;
      while (i + 1 < fitted_.size() && place >= distances[i]) place -= distances[i++];
      add_centre(fitted_[i]);
    }
  }

  std::pair<std::size_t, double> nearest(std::size_t row) const {
    std::pair<std::size_t, double> best{0, std::numeric_limits<double>::infinity()};
    for (std::size_t c = 0; c * numbers_.width < centres_.size(); ++c) {
      const double distance = squared_distance(numbers_.row(row), &centres_[c * numbers_.width], numbers_.width);
      if (distance < best.second) best = {c, distance};
    }
    return best;
  }

  bool improve() {
    std::vector<double> sums(centres_.size()), counts(centres_.size() / numbers_.width);
    std::vector<std::size_t> now;
    for (const std::int64_t row : fitted_) {
      const std::size_t c = nearest(static_cast<std::size_t>(row)).first;
      now.push_back(c);
      ++counts[c];
      for (std::size_t i = 0; i < numbers_.width; ++i) sums[c * numbers_.width + i] += numbers_.row(static_cast<std::size_t>(row))[i];
    }
    for (std::size_t i = 0; i < sums.size(); ++i)
      if (counts[i / numbers_.width] > 0) centres_[i] = static_cast<float>(sums[i] / counts[i / numbers_.width]);
    return std::exchange(assigned_, now) != assigned_;
  }

  const RowNumbers& numbers_;
  std::size_t clusters_;
  Random random_;
  std::vector<std::int64_t> fitted_;
  std::vector<float> centres_;
  std::vector<std::size_t> assigned_;
};

// The direction of the largest variance, by power iteration.
std::vector<double> principal_direction(const RowNumbers& numbers) {
  std::vector<double> direction(numbers.width, 1 / std::sqrt(static_cast<double>(numbers.width)));
  for (std::size_t i = 0; i < direction.size(); ++i) direction[i] *= 1 + 1e-3 * static_cast<double>(i);  // not orthogonal to it by symmetry
  for (int step = 0; step < kPowerSteps; ++step) {
    std::vector<double> next(numbers.width);
    for (std::size_t row = 0; row < numbers.rows; ++row) {
      const float* const values = numbers.row(row);
      const double along = std::inner_product(direction.begin(), direction.end(), values, 0.0);
      for (std::size_t i = 0; i < next.size(); ++i) next[i] += along * values[i];
    }
    const double length = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
    if (!(length > 0)) break;
    for (std::size_t i = 0; i < next.size(); ++i) direction[i] = next[i] / length;
  }
  return direction;
}

Chosen along_direction(const RowNumbers& numbers, std::int64_t wanted) {
  const std::vector<double> direction = principal_direction(numbers);
  std::vector<double> along;
  for (std::size_t row = 0; row < numbers.rows; ++row)
    along.push_back(std::inner_product(direction.begin(), direction.end(), numbers.row(row), 0.0));
  std::vector<std::int64_t> order(numbers.rows);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, {}, [&](std::int64_t row) { return along[static_cast<std::size_t>(row)]; });
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < wanted; ++i)  // the middle of each of `wanted` equal shares
    rows.push_back(order[static_cast<std::size_t>((2 * i + 1) * static_cast<std::int64_t>(numbers.rows) / (2 * wanted))]);
  std::ranges::sort(rows);
  return evenly_weighted(std::move(rows));
}

Tensor zeros_like(const Tensor& values) {
  Shape shape = values.shape();
  if (!shape.empty()) shape[0] = 1;
  if (values.dtype() == DType::kString) return Tensor(shape, std::vector<std::string>(static_cast<std::size_t>(element_count(shape))));
  const Tensor zeros = Tensor::full<float>(shape, 0.0f);
  return zeros.cast(values.dtype());
}

Background of_zeros(const Tensors& rows) {
  Background made{.rows = {}, .weights = {1.0}, .about = "zeros"};
  for (const auto& [name, values] : rows) made.rows.emplace(name, values.rank() == 0 ? values : zeros_like(values));
  return made;
}

// The row with the middle value of the numbers (of an even count the lower of the two), or with the commonest value. Missing values do not
// count.
std::int64_t middle_row(const std::vector<double>& values, bool number) {
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i])) order.push_back(static_cast<std::int64_t>(i));
  if (order.empty()) return 0;
  const auto value = [&](std::int64_t row) { return values[static_cast<std::size_t>(row)]; };
  std::ranges::stable_sort(order, {}, value);
  if (number) return order[(order.size() - 1) / 2];
  std::size_t best = 0, most = 0;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && value(order[end]) == value(order[begin])) ++end;
    if (end - begin > most) {
      most = end - begin;
      best = begin;
    }
  }
  return order[best];
}

Background of_medians(const Tensors& rows, const std::vector<ExplainedFeature>& features) {
  Background made{.rows = row_of(rows, 0), .weights = {1.0}, .about = upkeep::format("medians of {} rows", rows_in(rows))};
  for (const ExplainedFeature& feature : features) {
    const bool number = feature.kind == FeatureKind::kNumber || (!feature.scalar() && feature.kind != FeatureKind::kText);
    for (const InputElements& part : feature.parts) {
      const bool texts = rows.at(part.input).dtype() == DType::kString;
      for (const std::int64_t element : part.elements) {
        const ExplainedFeature one{.name = feature.name, .parts = {{part.input, {element}}}};
        made.rows = with_feature(made.rows, one, rows, middle_row(element_numbers(rows.at(part.input), element), number && !texts));
      }
    }
  }
  return made;
}

}  // namespace

Choices choosing() { return {"sample", "k-means", "quantiles", "zeros", "median"}; }

Background choose_background(const Tensors& rows, const std::vector<ExplainedFeature>& features, const BackgroundOptions& options) {
  if (!std::ranges::contains(choosing(), options.choosing)) throw unknown_name("way to choose a background", options.choosing, choosing());
  if (options.choosing == "zeros") return of_zeros(rows);
  const std::int64_t count = rows_in(rows);
  if (count == 0)
    throw Error(ErrorCode::kInvalidArgument, "no rows to choose a background from", "give rows like those that the model was trained on");
  if (options.rows < 1) throw Error(ErrorCode::kInvalidArgument, upkeep::format("a background of {} rows", options.rows), "at least 1");
  if (options.choosing == "median") return of_medians(rows, features);
  Chosen chosen;
  std::string how = options.choosing;
  if (count <= options.rows) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), std::int64_t{0});
    return {.rows = rows, .weights = evenly_weighted(all).weights, .about = upkeep::format("all {} rows", count)};
  }
  RowNumbers numbers;
  if (how != "sample") numbers = row_numbers(rows, features);
  if (numbers.width == 0) how = "sample";
  if (how == "k-means") chosen = KMeans(numbers, static_cast<std::size_t>(options.rows), options.seed).chosen();
  else if (how == "quantiles") chosen = along_direction(numbers, options.rows);
  else chosen = sampled(count, options.rows, options.seed);
  const std::string seeded = how == "quantiles" ? std::string() : upkeep::format(" (seed {})", options.seed);
  return {.rows = rows_at(rows, chosen.rows),
          .weights = chosen.weights,
          .about = upkeep::format("{} rows by {} of {}{}", chosen.rows.size(), how, count, seeded)};
}

}  // namespace upkeep::explain
