#include "optimize/prune/prune.hpp"

#include <cmath>
#include <numeric>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/patterns.hpp"
#include "graph/element_types.hpp"
#include "layers/architecture.hpp"
#include "train/columns.hpp"

namespace upkeep::pruning {

namespace {

struct Candidate {
  std::string name;
  bool kernel = false;
};

std::vector<Candidate> layered_candidates(const Model& model) {
  std::vector<Candidate> candidates;
  for (const NamedWeight& weight : weight_specs(architecture_of(model)))
    if (weight.spec.trainable && model.graph.initializer(weight.name)) candidates.push_back({weight.name, weight.spec.shape.size() >= 2});
  return candidates;
}

bool is_kernel_of(const Node& node, const std::string& name) {
  static constexpr std::array kOperators = {"Gemm", "MatMul", "Conv", "ConvTranspose"};
  if (!node.domain.empty() || std::ranges::find(kOperators, node.op) == kOperators.end()) return false;
  return std::ranges::find(node.inputs | std::views::take(2), name) != (node.inputs | std::views::take(2)).end();
}

std::vector<Candidate> graph_candidates(const Model& model) {
  std::vector<Candidate> candidates;
  for (const auto& [name, tensor] : model.graph.initializers) {
    if (!is_floating(tensor.dtype()) || tensor.size() == 0) continue;
    const bool read = std::ranges::any_of(model.graph.nodes, [&](const Node& node) { return is_kernel_of(node, name); });
    candidates.push_back({name, read && tensor.rank() >= 2});
  }
  return candidates;
}

// One weight on its way.
struct Work {
  std::string name;
  Tensor tensor;
  std::vector<double> scores;
  std::size_t zeros_before = 0;
  std::size_t zeros = 0;
};

Work rank_weight(const std::string& name, const Tensor& tensor, const Ranking& ranking, const Gradients& gradients) {
  Work work{.name = name, .tensor = tensor, .scores = scores_of(ranking, name, tensor, gradients)};
  const Tensor single = tensor.cast(DType::kFloat32);
  for (std::size_t i = 0; i < work.scores.size(); ++i) {
    if (ranking.adds_up) work.scores[i] = std::abs(work.scores[i]);
    if (single.floats()[i] != 0.0f) continue;
    work.scores[i] = -std::numeric_limits<double>::infinity();
    ++work.zeros_before;
  }
  return work;
}

// The element's bits become zero, which is 0.0 in every floating type.
void set_zeros(Work& work, const std::vector<std::size_t>& elements) {
  if (elements.empty()) return;
  std::vector<std::byte> bytes(work.tensor.bytes().begin(), work.tensor.bytes().end());
  const std::size_t width = size_bits(work.tensor.dtype()) / 8;
  for (const std::size_t element : elements) std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(element * width), width, std::byte{0});
  work.tensor = Tensor::from_bytes(work.tensor.dtype(), work.tensor.shape(), bytes);
  work.zeros = elements.size();
}

// Zeroes the lowest-ranked elements of `group` together, down to the part that `ranking` wants.
void prune_together(std::span<Work> group, const Ranking& ranking) {
  struct Place {
    double score;
    std::size_t work, element;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> places;
  std::size_t zeros = 0;
  for (std::size_t w = 0; w < group.size(); ++w) {
    zeros += group[w].zeros_before;
    for (std::size_t i = 0; i < group[w].scores.size(); ++i) places.push_back({group[w].scores[i], w, i});
  }
  const std::size_t count = std::max(share_of(ranking.amount.sparsity, places.size()), zeros);
  const auto end = places.begin() + static_cast<std::ptrdiff_t>(count);
  if (end != places.end()) std::nth_element(places.begin(), end, places.end());
  std::vector<std::vector<std::size_t>> chosen(group.size());
  for (auto place = places.begin(); place != end; ++place) chosen[place->work].push_back(place->element);
  for (std::size_t w = 0; w < group.size(); ++w) set_zeros(group[w], chosen[w]);
}

void record(const NamedSettings& method, const std::vector<Work>& works, Change& change) {
  Json weights = Json::array();
  std::size_t size = 0, before = 0, zeros = 0;
  for (const Work& work : works) {
    weights.push_back({{"name", work.name}, {"size", work.scores.size()}, {"zeros_before", work.zeros_before}, {"zeros", work.zeros}});
    change.notes.push_back(
        upkeep::format("{}: {} of {} are zero (before: {})", work.name, work.zeros, work.scores.size(), work.zeros_before));
    size += work.scores.size();
    before += work.zeros_before;
    zeros += work.zeros;
  }
  change.facts = {{"method", method.name},
                  {"settings", method.values},
                  {"weights", std::move(weights)},
                  {"size", size},
                  {"zeros_before", before},
                  {"zeros", zeros},
                  {"sparsity", static_cast<double>(zeros) / static_cast<double>(size)}};
}

void put_back(Model& model, const std::vector<Work>& works) {
  std::vector<std::string> masked = metadata_list(model, kPrunedKey);
  for (const Work& work : works) {
    *model.graph.initializer(work.name) = work.tensor;
    if (work.zeros > 0 && !std::ranges::contains(masked, work.name)) masked.push_back(work.name);
  }
  set(model.metadata, kPrunedKey, Json(masked).dump());
}

}  // namespace

PruneEntry plain_method(std::string name, std::string help, Ranking ranking) {
  const Settings about = method_settings<Amount>(std::move(name), std::move(help));
  return {
      .name = about.name(), .help = about.help(), .settings = about, .ranking = [about, ranking = std::move(ranking)](const Json& values) {
        Ranking made = ranking;
        about.apply(&made.amount, values);
        return made;
      }};
}

std::function<std::vector<double>(const Evidence& evidence)> by_element(double (*score)(double weight, double gradient, double square)) {
  return [score](const Evidence& evidence) {
    const auto at = [](std::span<const float> values, std::size_t i) { return values.empty() ? 0.0 : double{values[i]}; };
    std::vector<double> scores(evidence.values.size());
    for (std::size_t i = 0; i < scores.size(); ++i)
      scores[i] = score(double{evidence.values[i]}, at(evidence.gradient, i), at(evidence.gradient_square, i));
    return scores;
  };
}

std::size_t share_of(double part, std::size_t size) { return static_cast<std::size_t>(std::floor(part * static_cast<double>(size) + 0.5)); }

std::vector<double> scores_of(const Ranking& ranking, const std::string& weight, const Tensor& tensor, const Gradients& gradients) {
  const Tensor single = tensor.cast(DType::kFloat32);
  const auto values = single.floats();
  const auto wrong = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (wrong != values.end())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("weight \"{}\" is not finite at element {}", weight, wrong - values.begin()));
  if (!ranking.needs_gradients) return ranking.scores({.weight = weight, .values = values, .gradient = {}, .gradient_square = {}});
  const auto found = gradients.find(weight);
  if (found == gradients.end() || found->second.mean.size() != values.size())
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("there is no gradient of weight \"{}\"", weight),
                "weights that are frozen, or that the loss does not depend on, cannot be ranked by it: name others");
  return ranking.scores({.weight = weight, .values = values, .gradient = found->second.mean, .gradient_square = found->second.square});
}

std::vector<std::string> prunable(const Model& model, const std::vector<std::string>& patterns) {
  const std::vector<Candidate> candidates = find(model.metadata, kLayersKey) ? layered_candidates(model) : graph_candidates(model);
  std::vector<std::string> chosen, all;
  for (const Candidate& candidate : candidates) {
    all.push_back(candidate.name);
    if (patterns.empty() ? candidate.kernel : matches_any(patterns, candidate.name)) chosen.push_back(candidate.name);
  }
  for (const std::string& pattern : patterns)
    if (std::ranges::none_of(all, [&](const std::string& name) { return matches_pattern(pattern, name); }))
      throw unknown_name("weight", pattern, all);
  if (chosen.empty())
    throw Error(ErrorCode::kInvalidArgument, "the model has no kernel to prune", all.empty() ? "" : "name weights: " + join(all));
  return chosen;
}

}  // namespace upkeep::pruning

namespace upkeep {

bool needs_gradients(const NamedSettings& method) { return pruning::catalog().at(method.name).ranking(method.values).needs_gradients; }

Change prune_elements(Model& model, const NamedSettings& method, const pruning::Gradients& gradients) {
  return run_pass("prune " + method.name, model, [&](Model& pruned, Change& change) {
    const pruning::Ranking ranking = pruning::catalog().at(method.name).ranking(method.values);
    if (ranking.judges != pruning::Judges::kKernels)
      throw Error(ErrorCode::kInvalidArgument, method.name + " ranks channels, not single weights", "give --granularity channel");
    std::vector<pruning::Work> works;
    for (const std::string& name : pruning::prunable(pruned, ranking.amount.weights))
      works.push_back(pruning::rank_weight(name, *pruned.graph.initializer(name), ranking, gradients));
    if (ranking.amount.scope == "global") pruning::prune_together(works, ranking);
    else
      for (pruning::Work& work : works) pruning::prune_together({&work, 1}, ranking);
    pruning::put_back(pruned, works);
    pruning::record(method, works, change);
  });
}

}  // namespace upkeep
