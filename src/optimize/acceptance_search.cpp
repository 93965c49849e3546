// Giving back the worst layers of a change until the rest is accepted.

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/format.hpp"
#include "graph/element_types.hpp"
#include "optimize/acceptance.hpp"

namespace upkeep {

namespace {

// Candidates by how many of the ranked parts are reverted.
class Search {
 public:
  Search(const Judge& judge, const CandidateMaker& make, const std::vector<std::string>& ranked)
      : judge_(judge), make_(make), ranked_(ranked) {}

  bool accepts(std::size_t count) {
    Accepted made{.model = make_(prefix(count)), .verdict = {}};
    made.verdict = judge_.judge_metrics(made.model);
    attempts_.push_back(upkeep::format("{} reverted: {}", count, to_string(made.verdict.judgement())));
    const bool accepted = made.verdict.accepted();
    if (accepted || count == 0) kept_.insert_or_assign(count, std::move(made.model));
    return accepted;
  }

  // Costs too, of a candidate that was looked at.
  Accepted judged(std::size_t count) {
    Accepted made{.model = std::move(kept_.at(count)), .verdict = {}};
    made.verdict = judge_.judge(made.model);
    made.verdict.reverted = prefix(count);
    made.verdict.attempts = attempts_;
    return made;
  }

 private:
  std::vector<std::string> prefix(std::size_t count) const {
    return {ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(count)};
  }

  const Judge& judge_;
  const CandidateMaker& make_;
  const std::vector<std::string>& ranked_;
  std::map<std::size_t, Model> kept_;
  std::vector<std::string> attempts_;
};

// Infinite where the weight was all zero, or the types or shapes differ.
double relative_change(const Tensor& before, const Tensor& after) {
  if (!is_floating(before.dtype()) || before.dtype() != after.dtype() || before.shape() != after.shape())
    return std::numeric_limits<double>::infinity();
  const Tensor first = before.cast(DType::kFloat64), second = after.cast(DType::kFloat64);
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < first.data<double>().size(); ++i) {
    const double was = first.data<double>()[i], is = second.data<double>()[i];
    difference += (is - was) * (is - was);
    norm += was * was;
  }
  return std::sqrt(difference / norm);
}

}  // namespace

std::vector<std::string> most_changed_first(const Model& before, const Model& after) {
  std::vector<std::pair<double, std::string>> changed;
  for (const auto& [name, tensor] : before.graph.initializers)
    if (const Tensor* now = after.graph.initializer(name); now && !(*now == tensor))
      changed.emplace_back(-relative_change(tensor, *now), name);
  std::ranges::sort(changed);
  std::vector<std::string> names;
  for (auto& [change, name] : changed) names.push_back(std::move(name));
  return names;
}

Model with_weights_as_before(const Model& before, Model after, const std::vector<std::string>& names) {
  for (const std::string& name : names) *after.graph.initializer(name) = *before.graph.initializer(name);
  return after;
}

Accepted accept_with_reverts(const Judge& judge, const CandidateMaker& make, const std::vector<std::string>& ranked) {
  Search search(judge, make, ranked);
  if (search.accepts(0) || ranked.size() < 2) return search.judged(0);
  const std::size_t most = ranked.size() - 1;
  std::size_t refused = 0, accepted = 1;
  bool found = search.accepts(accepted);
  while (!found && accepted < most) {
    refused = accepted;
    accepted = std::min(2 * accepted, most);
    found = search.accepts(accepted);
  }
  if (!found) return search.judged(0);
  while (accepted - refused > 1) {
    const std::size_t middle = refused + (accepted - refused) / 2;
    (search.accepts(middle) ? accepted : refused) = middle;
  }
  return search.judged(accepted);
}

}  // namespace upkeep
