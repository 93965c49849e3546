// LIME (Ribeiro, Singh & Guestrin 2016): a linear model of which features are the row's own, fitted to answers nearby. Each sample keeps
// each feature with probability 1/2 and takes the others from one background row; with d features taken away it counts
// exp(-d / width^2), so that d is the squared distance of the two sets. The fit is a ridge regression whose intercept is free.

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "explain/methods/shared/additive.hpp"
#include "explain/methods/shared/least_squares.hpp"

namespace upkeep {

namespace explain {

struct Lime {
  std::int64_t samples = 5000;
  double width = 0;
  double ridge = 1;
};

}  // namespace explain

template <>
inline const Settings settings<explain::Lime> = describe<explain::Lime>(
    "lime", "a linear model of the answers around the row",
    field("samples", &explain::Lime::samples, "rows around the explained one", range(2, 1e9)),
    field("width", &explain::Lime::width, "of the kernel, in features; 0: 0.75 times the root of their number", range(0, 1e6)),
    field("ridge", &explain::Lime::ridge, "penalty of squared values", range(0, 1e9)));

namespace explain::methods {

namespace {

constexpr std::size_t kMostLimePlayers = 2000;

struct Samples {
  std::vector<Coalition> coalitions;
  std::vector<double> weights, answers;
};

std::int64_t drawn_by_weight(const Background& background, Random& random) {
  double place = random.uniform();
  std::int64_t row = 0;
  while (row + 1 < background.size() && place >= background.weights[static_cast<std::size_t>(row)])
    place -= background.weights[static_cast<std::size_t>(row++)];
  return row;
}

Samples samples_around(const Question& question, CoalitionGame& game, const Lime& options) {
  Samples made;
  const double width = options.width > 0 ? options.width : 0.75 * std::sqrt(static_cast<double>(game.size()));
  Random random(question.seed, stream_id("lime"));
  std::vector<std::int64_t> background_rows;
  for (std::int64_t i = 0; i < options.samples; ++i) {
    Coalition coalition(game.size(), true);  // the first is the row itself
    std::size_t away = 0;
    for (std::size_t p = 0; i > 0 && p < game.size(); ++p)
      if (random.next() & 1) {
        coalition[p] = false;
        ++away;
      }
    made.weights.push_back(std::exp(-static_cast<double>(away) / (width * width)));
    made.coalitions.push_back(std::move(coalition));
    background_rows.push_back(drawn_by_weight(question.background, random));
  }
  made.answers = game.answers(made.coalitions, background_rows);
  return made;
}

struct Line {
  std::vector<double> values;  // the intercept last
  double r2 = 0;
};

double prediction(const Line& line, const Coalition& coalition) {
  double sum = line.values.back();
  for (std::size_t p = 0; p < coalition.size(); ++p)
    if (coalition[p]) sum += line.values[p];
  return sum;
}

Line fitted(const Samples& samples, double ridge) {
  const std::size_t players = samples.coalitions.front().size(), n = players + 1;
  std::vector<double> matrix(n * n), right(n);
  std::vector<std::size_t> present;
  for (std::size_t i = 0; i < samples.answers.size(); ++i) {
    present.clear();
    for (std::size_t p = 0; p < players; ++p)
      if (samples.coalitions[i][p]) present.push_back(p);
    present.push_back(players);
    for (const std::size_t p : present) {
      right[p] += samples.weights[i] * samples.answers[i];
      for (const std::size_t q : present) matrix[p * n + q] += samples.weights[i];
    }
  }
  for (std::size_t p = 0; p < players; ++p) matrix[p * n + p] += ridge;
  const std::optional<Cholesky> factor = Cholesky::of(std::move(matrix), n);
  if (!factor)
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("{} samples do not determine {} values", samples.answers.size(), n),
                "take more samples, or a ridge above 0");
  Line line{.values = factor->solve(right)};
  double weight = 0, sum = 0, squares = 0, left = 0;
  for (std::size_t i = 0; i < samples.answers.size(); ++i) {
    weight += samples.weights[i];
    sum += samples.weights[i] * samples.answers[i];
  }
  for (std::size_t i = 0; i < samples.answers.size(); ++i) {
    const double error = samples.answers[i] - prediction(line, samples.coalitions[i]), away = samples.answers[i] - sum / weight;
    left += samples.weights[i] * error * error;
    squares += samples.weights[i] * away * away;
  }
  line.r2 = squares > 0 ? 1 - left / squares : 1;
  return line;
}

Attribution lime(const Question& question, const Json& given) {
  const auto options = parse<Lime>(given);
  CoalitionGame game(question);
  if (game.size() > kMostLimePlayers)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("lime explains {} features at most, not {}", kMostLimePlayers, game.size()),
                "explain groups of features, or take partition-shap");
  if (game.size() == 0) return attribution_of(question, game, {});
  const Line line = fitted(samples_around(question, game, options), options.ridge);
  Attribution made = attribution_of(question, game, std::span(line.values).first(game.size()));
  made.base = line.values.back();
  made.figures["r2"] = line.r2;
  made.figures["local_answer"] = prediction(line, Coalition(game.size(), true));
  if (line.r2 < 0.5) made.notes.push_back(upkeep::format("A linear model fits the answers around this row badly (R2 {:.2f}).", line.r2));
  return made;
}

}  // namespace

void add_lime(MethodCatalog& catalog) {
  catalog.add({.name = "lime",
               .aliases = {},
               .help = "a linear model of the answers around the row, with its R2",
               .settings = settings<Lime>,
               .needs_background = true,
               .sampled = true,
               .explain = lime});
}

}  // namespace explain::methods
}  // namespace upkeep
