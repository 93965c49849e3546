// KernelSHAP (Lundberg & Lee 2017): Shapley values are the linear model that is nearest to the values of coalitions z, where a coalition of
// size s counts (M - 1) / (C(M, s) s (M - s)) and the values of the empty and the full coalition are met exactly.
//
// Coalitions are taken in pairs with their complements (Covert & Lee 2021). With signs c = 2 z - 1 the pair says
//   v(z) - v(1 - z) = c . phi + noise,
// and the sum v(z) + v(1 - z) drops out of the normal equations, so one row of half the problem stands for two coalitions. Sizes are asked
// whole, from the outside in, while the samples suffice; the rest is sampled from the kernel's weights. Standard errors are those of the
// sampled pairs' share in the normal equations (the sandwich estimator): whole sizes have none.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/format.hpp"
#include "explain/methods/shared/additive.hpp"
#include "explain/methods/shared/least_squares.hpp"

namespace upkeep {

namespace explain {

struct KernelShap {
  std::int64_t samples = 0;
  std::int64_t most_samples = 262'144;
};

}  // namespace explain

template <>
inline const Settings settings<explain::KernelShap> = describe<explain::KernelShap>(
    "kernel-shap", "Shapley values by weighted least squares",
    field("samples", &explain::KernelShap::samples, "coalitions; 0: 2048 and two for each feature", range(0, 1e9)),
    field("most_samples", &explain::KernelShap::most_samples, "coalitions at most, where an error is asked for", range(1, 1e9)));

namespace explain::methods {

namespace {

constexpr std::size_t kMostPlayers = 2000;  // the normal equations are a matrix of their square

struct Pairs {
  std::vector<Coalition> coalitions;  // one of each pair
  std::vector<double> weights;        // of the pair in the kernel
  std::size_t whole = 0;              // the first so many are not sampled
  bool all() const { return whole == coalitions.size(); }
};

// The kernel's weight of both sizes of a pair together, for the smaller size.
double weight_of_sizes(std::size_t players, std::size_t size) {
  const auto m = static_cast<double>(players), s = static_cast<double>(size);
  return (m - 1) / (s * (m - s)) * (2 * size == players ? 1 : 2);
}

// Pairs of that size: half of the subsets where the complement has the same size.
double pairs_of_size(std::size_t players, std::size_t size) {
  double count = 1;
  for (std::size_t i = 0; i < size; ++i) count = count * static_cast<double>(players - i) / static_cast<double>(i + 1);
  return 2 * size == players ? count / 2 : count;
}

void add_whole_size(Pairs& pairs, std::size_t players, std::size_t size) {
  const double weight = weight_of_sizes(players, size) / pairs_of_size(players, size);
  std::vector<std::size_t> chosen(size);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  for (;;) {
    if (2 * size == players && chosen[0] != 0) return;  // complements of those before
    Coalition coalition(players);
    for (const std::size_t player : chosen) coalition[player] = true;
    pairs.coalitions.push_back(std::move(coalition));
    pairs.weights.push_back(weight);
    std::size_t i = size;
    while (i > 0 && chosen[i - 1] == players - size + i - 1) --i;
    if (i == 0) return;
    ++chosen[i - 1];
    for (std::size_t k = i; k < size; ++k) chosen[k] = chosen[k - 1] + 1;
  }
}

Coalition drawn(Random& random, std::size_t players, std::size_t size, std::vector<std::size_t>& order) {
  Coalition coalition(players);
  for (std::size_t i = 0; i < size; ++i) {  // the first steps of a Fisher-Yates shuffle
    std::swap(order[i], order[i + random.below(players - i)]);
    coalition[order[i]] = true;
  }
  return coalition;
}

Pairs choose_pairs(std::size_t players, std::int64_t samples, Random& random) {
  Pairs pairs;
  const std::size_t sizes = players / 2;
  double left = static_cast<double>(samples / 2), weight_left = 0;
  for (std::size_t s = 1; s <= sizes; ++s) weight_left += weight_of_sizes(players, s);
  std::size_t size = 1;
  for (; size <= sizes; ++size) {  // whole while its share of what is left would ask each of its pairs once
    const double count = pairs_of_size(players, size);
    if (left * weight_of_sizes(players, size) / weight_left < count * (1 - 1e-9)) break;
    add_whole_size(pairs, players, size);
    left -= count;
    weight_left -= weight_of_sizes(players, size);
  }
  pairs.whole = pairs.coalitions.size();
  const auto draws = static_cast<std::size_t>(std::max(0.0, left));
  if (size > sizes || draws == 0) return pairs;
  std::vector<std::size_t> order(players);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = 0; i < draws; ++i) {
    double place = random.uniform() * weight_left;
    std::size_t s = size;
    while (s < sizes && place >= weight_of_sizes(players, s)) place -= weight_of_sizes(players, s++);
    pairs.coalitions.push_back(drawn(random, players, s, order));
    pairs.weights.push_back(weight_left / static_cast<double>(draws));
  }
  return pairs;
}

// The differences v(z) - v(1 - z).
std::vector<double> differences(CoalitionGame& game, const Pairs& pairs) {
  std::vector<Coalition> both;
  both.reserve(2 * pairs.coalitions.size());
  for (const Coalition& coalition : pairs.coalitions) {
    both.push_back(coalition);
    both.push_back(coalition);
    both.back().flip();
  }
  const std::vector<double> values = game.values(both);
  std::vector<double> made;
  for (std::size_t i = 0; i < values.size(); i += 2) made.push_back(values[i] - values[i + 1]);
  return made;
}

struct Fit {
  std::vector<double> values, standard_errors;
};

class Regression {
 public:
  Regression(const Pairs& pairs, std::span<const double> difference, double total)
      : pairs_(pairs), difference_(difference), total_(total), m_(pairs.coalitions.front().size()) {
    signs_.reserve(pairs.coalitions.size() * m_);
    for (const Coalition& coalition : pairs.coalitions)
      for (const bool member : coalition) signs_.push_back(member ? 1 : -1);
  }

  // Nothing where the pairs do not determine all values.
  std::optional<Fit> fit() const {
    std::vector<double> matrix(m_ * m_), right(m_);
    double weight = 0;
    for (std::size_t i = 0; i < difference_.size(); ++i) {
      add_square(matrix, sign(i), pairs_.weights[i]);
      for (std::size_t p = 0; p < m_; ++p) right[p] += pairs_.weights[i] * difference_[i] * sign(i)[p];
      weight += pairs_.weights[i];
    }
    mirror(matrix);
    for (double& one : matrix) one += weight;  // the constraint's own direction, which the solution does not depend on
    for (double& one : right) one += weight * total_;
    const std::optional<Cholesky> factor = Cholesky::of(std::move(matrix), m_);
    if (!factor) return std::nullopt;
    const std::vector<double> ones(m_, 1.0), along = factor->solve(ones);
    Fit made{.values = factor->solve(right), .standard_errors = {}};
    const double along_sum = std::reduce(along.begin(), along.end());
    const double multiplier = (total_ - std::reduce(made.values.begin(), made.values.end())) / along_sum;
    for (std::size_t p = 0; p < m_; ++p) made.values[p] += multiplier * along[p];
    if (!pairs_.all()) made.standard_errors = standard_errors(made.values, *factor, along, along_sum);
    return made;
  }

 private:
  const float* sign(std::size_t pair) const { return &signs_[pair * m_]; }

  void add_square(std::vector<double>& matrix, const float* signs, double weight) const {
    for (std::size_t p = 0; p < m_; ++p) {
      const double scaled = weight * signs[p];
      double* const row = &matrix[p * m_];
      for (std::size_t q = 0; q <= p; ++q) row[q] += scaled * signs[q];
    }
  }
  void mirror(std::vector<double>& matrix) const {
    for (std::size_t p = 0; p < m_; ++p)
      for (std::size_t q = 0; q < p; ++q) matrix[q * m_ + p] = matrix[p * m_ + q];
  }

  // diag(P C P^T), where C is the covariance of the sampled pairs' sum of weight * c * residual, and P the inverse of the matrix along the
  // plane of the constraint.
  std::vector<double> standard_errors(const std::vector<double>& values, const Cholesky& factor, const std::vector<double>& along,
                                      double along_sum) const {
    const std::size_t sampled = difference_.size() - pairs_.whole;
    std::vector<double> covariance(m_ * m_), mean(m_);
    std::vector<float> score(m_);
    const double weight = pairs_.weights.back();
    for (std::size_t i = pairs_.whole; i < difference_.size(); ++i) {
      double residual = difference_[i];
      for (std::size_t p = 0; p < m_; ++p) residual -= values[p] * sign(i)[p];
      for (std::size_t p = 0; p < m_; ++p) {
        score[p] = static_cast<float>(weight * residual * sign(i)[p]);
        mean[p] += score[p] / static_cast<double>(sampled);
      }
      add_square(covariance, score.data(), 1);
    }
    mirror(covariance);
    // A pair fewer for the mean, and one for each value that was fitted, as ordinary least squares count.
    const double n = static_cast<double>(sampled), correction = n / std::max(1.0, n - static_cast<double>(m_));
    for (std::size_t p = 0; p < m_; ++p)
      for (std::size_t q = 0; q < m_; ++q) covariance[p * m_ + q] = (covariance[p * m_ + q] - n * mean[p] * mean[q]) * correction;
    const std::vector<double> inverse = factor.inverse();
    std::vector<double> errors(m_), projected(m_);
    for (std::size_t p = 0; p < m_; ++p) {
      for (std::size_t q = 0; q < m_; ++q) projected[q] = inverse[p * m_ + q] - along[p] * along[q] / along_sum;
      double variance = 0;
      for (std::size_t q = 0; q < m_; ++q)
        variance += projected[q] * std::inner_product(projected.begin(), projected.end(), &covariance[q * m_], 0.0);
      errors[p] = std::sqrt(std::max(0.0, variance));
    }
    return errors;
  }

  const Pairs& pairs_;
  std::span<const double> difference_;
  double total_;
  std::size_t m_;
  std::vector<float> signs_;
};

struct Solved {
  Fit fit;
  std::size_t coalitions = 0;
  bool all = true;
};

Solved solve(CoalitionGame& game, std::int64_t samples, std::uint64_t seed, std::uint32_t round) {
  const double total = game.answer() - game.base();
  if (game.size() == 0) return {};
  if (game.size() == 1) return {.fit = {.values = {total}, .standard_errors = {}}};
  Random random(seed, stream_id("kernel-shap"), round);
  const Pairs pairs = choose_pairs(game.size(), samples, random);
  const std::vector<double> difference = differences(game, pairs);
  std::optional<Fit> fit = Regression(pairs, difference, total).fit();
  if (!fit)
    throw Error(ErrorCode::kFailedPrecondition,
                upkeep::format("{} coalitions do not determine the values of {} features", 2 * pairs.coalitions.size(), game.size()),
                "take more samples");
  return {.fit = std::move(*fit), .coalitions = 2 * pairs.coalitions.size(), .all = pairs.all()};
}

void expect_possible(std::size_t players, std::int64_t samples) {
  const std::string hint = "explain groups of features, or take partition-shap, whose values add up at any number of samples";
  if (players > kMostPlayers)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("kernel-shap explains {} features at most, not {}", kMostPlayers, players),
                hint);
  const std::int64_t least = 2 * static_cast<std::int64_t>(players);
  if (players > 2 && samples < least)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("kernel-shap of {} features takes {} samples at least, not {}", players, least, samples), hint);
}

Attribution kernel_shap(const Question& question, const Json& given) {
  const auto options = parse<KernelShap>(given);
  CoalitionGame game(question);
  std::int64_t samples = options.samples > 0 ? options.samples : 2 * static_cast<std::int64_t>(game.size()) + 2048;
  expect_possible(game.size(), samples);
  Solved solved = solve(game, samples, question.seed, 0);
  for (std::uint32_t round = 1; question.until_error > 0 && !solved.fit.standard_errors.empty(); ++round) {
    if (std::ranges::max(solved.fit.standard_errors) <= question.until_error) break;
    samples *= 2;
    if (samples > options.most_samples || samples > game.affordable()) break;
    solved = solve(game, samples, question.seed, round);
  }
  Attribution made = attribution_of(question, game, solved.fit.values, solved.fit.standard_errors);
  made.figures["coalitions"] = static_cast<double>(solved.coalitions);
  if (solved.all) made.notes.emplace_back("All coalitions were asked: the values are exact.");
  note_error_not_reached(made, question.until_error);
  return made;
}

}  // namespace

void add_kernel_shap(MethodCatalog& catalog) {
  catalog.add({.name = "kernel-shap",
               .aliases = {"kernel"},
               .help = "Shapley values by weighted least squares over sampled coalitions",
               .settings = settings<KernelShap>,
               .needs_background = true,
               .additive = true,
               .sampled = true,
               .explain = kernel_shap});
}

}  // namespace explain::methods
}  // namespace upkeep
