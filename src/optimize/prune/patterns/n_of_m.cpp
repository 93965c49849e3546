// N:M sparsity (Mishra et al. 2021): of M weights in a row that one sum adds up, N stay. 2 of 4 is what sparse tensor cores run at twice
// the speed; processors run it as before. A rest of fewer than M keeps its share, rounded up.

#include <algorithm>
#include <numeric>

#include "base/format.hpp"
#include "optimize/prune/patterns/pattern.hpp"

namespace upkeep::pruning {

struct NOfM {
  std::int64_t n = 2;
  std::int64_t m = 4;
};

}  // namespace upkeep::pruning

namespace upkeep {

using pruning::NOfM;

template <>
inline const Settings settings<NOfM> =
    describe<NOfM>("n-of-m", "of M weights in a row that are added up, N stay", field("n", &NOfM::n, "weights that stay", range(1, 1024)),
                   field("m", &NOfM::m, "weights in a row, along the channels that are read", range(2, 1024)));

}  // namespace upkeep

namespace upkeep::pruning::patterns {

static Units runs_of(const Json& values, std::size_t elements, const std::optional<KernelPlaces>& places) {
  const NOfM options = parse<NOfM>(values);
  if (options.n >= options.m)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} of {} weights would stay", options.n, options.m),
                "give n < m, such as n=2,m=4");
  if (!places)
    throw Error(ErrorCode::kFailedPrecondition, "nobody knows which of its elements are added up",
                "name other weights, or prune by element");
  std::vector<std::uint32_t> order(elements);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::uint32_t e) { return std::tuple(places->out[e], places->window[e], places->in[e]); });
  Units units{.of = std::vector<std::uint32_t>(elements), .runs = {}, .gone = {}};
  std::iota(units.of.begin(), units.of.end(), 0U);
  const auto sum = [&](std::uint32_t e) { return std::pair(places->out[e], places->window[e]); };
  for (std::size_t i = 0; i < elements; ++i) {
    const bool begins = i == 0 || sum(order[i]) != sum(order[i - 1]) || std::ssize(units.runs.back()) == options.m;
    if (begins) units.runs.emplace_back();
    units.runs.back().push_back(order[i]);
  }
  for (const auto& run : units.runs)
    units.gone.push_back(run.size() * static_cast<std::size_t>(options.m - options.n) / static_cast<std::size_t>(options.m));
  return units;
}

void add_n_of_m(PatternCatalog& catalog) {
  const Settings& about = settings<NOfM>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .units = runs_of, .says_how_many = true});
}

}  // namespace upkeep::pruning::patterns
