// Shapley values as the mean, over orders of the features, of what each adds when it joins those before it (Strumbelj & Kononenko 2014).
// Each order is also walked backwards (antithetic: Mitchell et al. 2022), which is exact where no more than two features interact at a
// time, and every order adds up to the answer by itself. Standard errors are those of the mean over pairs of orders.

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "explain/methods/shared/additive.hpp"

namespace upkeep {

namespace explain {

struct PermutationShap {
  std::int64_t permutations = 10;
  std::int64_t most_permutations = 100'000;
};

}  // namespace explain

template <>
inline const Settings settings<explain::PermutationShap> = describe<explain::PermutationShap>(
    "permutation-shap", "Shapley values by orders of the features",
    field("permutations", &explain::PermutationShap::permutations, "orders, each walked forwards and backwards", range(2, 1e9)),
    field("most_permutations", &explain::PermutationShap::most_permutations, "orders at most, where an error is asked for", range(2, 1e9)));

namespace explain::methods {

namespace {

// Mean and spread of what each player added, over pairs of orders.
struct Contributions {
  explicit Contributions(std::size_t players) : sum(players), squares(players) {}
  std::vector<double> sum, squares;
  std::int64_t pairs = 0;

  void add(std::span<const double> values) {
    for (std::size_t p = 0; p < sum.size(); ++p) {  // Welford's update
      const double before = pairs == 0 ? 0 : sum[p] / static_cast<double>(pairs);
      sum[p] += values[p];
      squares[p] += (values[p] - before) * (values[p] - sum[p] / static_cast<double>(pairs + 1));
    }
    ++pairs;
  }
  std::vector<double> means() const {
    std::vector<double> made;
    for (const double one : sum) made.push_back(one / static_cast<double>(pairs));
    return made;
  }
  std::vector<double> standard_errors() const {
    std::vector<double> made;
    for (const double one : squares) made.push_back(std::sqrt(one / static_cast<double>(pairs * (pairs - 1))));
    return made;
  }
};

// The coalitions on the way from none to all, both ends left out, along the order and against it.
void add_walk(std::vector<Coalition>& coalitions, const std::vector<std::int64_t>& order) {
  const std::size_t players = order.size();
  for (const bool backwards : {false, true}) {
    Coalition coalition(players);
    for (std::size_t i = 0; i + 1 < players; ++i) {
      coalition[static_cast<std::size_t>(order[backwards ? players - 1 - i : i])] = true;
      coalitions.push_back(coalition);
    }
  }
}

void walk(CoalitionGame& game, const std::vector<std::int64_t>& order, Contributions& into) {
  const std::size_t players = order.size();
  std::vector<Coalition> coalitions;
  add_walk(coalitions, order);
  const std::vector<double> values = game.values(coalitions);
  std::vector<double> added(players);
  std::size_t next = 0;
  for (const bool backwards : {false, true}) {
    double before = game.base();
    for (std::size_t i = 0; i < players; ++i) {
      const double now = i + 1 == players ? game.answer() : values[next++];
      added[static_cast<std::size_t>(order[backwards ? players - 1 - i : i])] += (now - before) / 2;
      before = now;
    }
  }
  into.add(added);
}

bool goes_on(const Question& question, const PermutationShap& options, CoalitionGame& game, const Contributions& so_far) {
  if (so_far.pairs < options.permutations) return true;
  if (question.until_error <= 0 || so_far.pairs >= options.most_permutations) return false;
  return std::ranges::max(so_far.standard_errors()) > question.until_error &&
         game.affordable() >= 2 * (static_cast<std::int64_t>(game.size()) - 1);
}

Attribution permutation_shap(const Question& question, const Json& given) {
  const auto options = parse<PermutationShap>(given);
  CoalitionGame game(question);
  if (game.size() == 0) return attribution_of(question, game, {});
  const std::int64_t needed = 2 * options.permutations * (static_cast<std::int64_t>(game.size()) - 1);
  if (game.affordable() < needed)
    throw budget_used_up(question.subject.options().most_evaluations)
        .in(upkeep::format("permutation-shap of {} features asks {} coalitions of {} background rows each", game.size(), needed,
                           question.background.size()));
  Contributions contributions(game.size());
  Random random(question.seed, stream_id("permutation-shap"));
  while (goes_on(question, options, game, contributions))
    walk(game, random.permutation(static_cast<std::int64_t>(game.size())), contributions);
  Attribution made = attribution_of(question, game, contributions.means(), contributions.standard_errors());
  made.figures["permutations"] = static_cast<double>(contributions.pairs);
  note_error_not_reached(made, question.until_error);
  return made;
}

}  // namespace

void add_permutation_shap(MethodCatalog& catalog) {
  catalog.add({.name = "permutation-shap",
               .aliases = {"permutation"},
               .help = "Shapley values by orders of the features, walked forwards and backwards",
               .settings = settings<PermutationShap>,
               .needs_background = true,
               .additive = true,
               .sampled = true,
               .explain = permutation_shap});
}

}  // namespace explain::methods
}  // namespace upkeep
