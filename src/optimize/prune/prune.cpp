#include "optimize/prune/prune.hpp"

#include <cmath>
#include <numeric>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/patterns.hpp"
#include "base/some_of.hpp"
#include "graph/element_types.hpp"
#include "layers/view/architecture.hpp"
#include "optimize/expect_floats.hpp"
#include "optimize/prune/patterns/pattern.hpp"
#include "train/columns.hpp"
#include "train/trainable.hpp"

namespace upkeep::pruning {

namespace {

struct Candidate {
  std::string name;
  bool kernel = false;
};

std::vector<Candidate> layered_candidates(const Model& model) {
  std::vector<Candidate> candidates;
  for (const NamedWeight& weight : weight_specs(architecture_of(model)))
    if (weight.spec.trainable && model.graph.initializer(weight.name))
      candidates.push_back({weight.name, weight.spec.shape.size() >= 2 && !weight.name.ends_with("bias")});  // attention's has a rank of 2
  return candidates;
}

bool is_kernel_of(const Node& node, const std::string& name) {
  static constexpr std::array kProducts = {"Gemm", "MatMul", "Conv", "ConvTranspose"};
  static constexpr std::array kRecurrent = {"LSTM", "GRU", "RNN"};
  const auto stands_in = [&](std::size_t first, std::size_t count) {
    return std::ranges::contains(node.inputs | std::views::drop(first) | std::views::take(count), name);
  };
  if (!node.domain.empty()) return false;
  return (std::ranges::contains(kProducts, node.op) && stands_in(0, 2)) || (std::ranges::contains(kRecurrent, node.op) && stands_in(1, 2));
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
  std::string role;  // weights of one role are alike
  Units units;
  std::vector<double> scores;  // of units
  std::size_t zeros_before = 0;
  std::size_t zeros_now = 0;
  std::string kept = {};  // why it stays whole
  std::size_t size() const { return static_cast<std::size_t>(tensor.size()); }
};

std::size_t count_zeros(const Tensor& tensor) {
  const Tensor single = tensor.cast(DType::kFloat32);
  return static_cast<std::size_t>(std::ranges::count(single.floats(), 0.0F));
}

// Means of the elements' scores. Units that are zero already come first.
std::vector<double> unit_scores(const Work& work, const Ranking& ranking, const std::vector<double>& elements) {
  const std::size_t count = work.units.of.empty() ? 0 : std::ranges::max(work.units.of) + std::size_t{1};
  std::vector<double> sums(count);
  std::vector<std::size_t> sizes(count), zeros(count);
  const Tensor single = work.tensor.cast(DType::kFloat32);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::uint32_t unit = work.units.of[i];
    sums[unit] += ranking.adds_up ? std::abs(elements[i]) : elements[i];
    ++sizes[unit];
    zeros[unit] += single.floats()[i] == 0.0F ? 1 : 0;
  }
  for (std::size_t unit = 0; unit < count; ++unit)
    sums[unit] = zeros[unit] == sizes[unit] ? -std::numeric_limits<double>::infinity() : sums[unit] / static_cast<double>(sizes[unit]);
  return sums;
}

// The elements of these units become zero: their bits, which is 0.0 in every floating type.
void set_zeros(Work& work, const std::vector<std::size_t>& units) {
  std::vector<bool> gone(work.scores.size());
  for (const std::size_t unit : units) gone[unit] = true;
  if (!units.empty()) {
    std::vector<std::byte> bytes(work.tensor.bytes().begin(), work.tensor.bytes().end());
    const std::size_t width = size_bits(work.tensor.dtype()) / 8;
    for (std::size_t i = 0; i < work.size(); ++i)
      if (gone[work.units.of[i]]) std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * width), width, std::byte{0});
    work.tensor = Tensor::from_bytes(work.tensor.dtype(), work.tensor.shape(), bytes);
  }
  work.zeros_now = count_zeros(work.tensor);
}

// Zeroes the lowest-ranked units of `group` together, down to the part that `ranking` wants.
void prune_together(const std::vector<Work*>& group, const Ranking& ranking) {
  struct Place {
    double score;
    std::size_t work, unit;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> places;
  std::size_t zeros = 0;
  for (std::size_t w = 0; w < group.size(); ++w)
    for (std::size_t i = 0; i < group[w]->scores.size(); ++i) {
      places.push_back({group[w]->scores[i], w, i});
      zeros += std::isinf(group[w]->scores[i]) ? 1 : 0;
    }
  const std::size_t count = std::max(share_of(ranking.amount.sparsity, places.size()), zeros);
  const auto end = places.begin() + static_cast<std::ptrdiff_t>(count);
  if (end != places.end()) std::nth_element(places.begin(), end, places.end());
  std::vector<std::vector<std::size_t>> chosen(group.size());
  for (auto place = places.begin(); place != end; ++place) chosen[place->work].push_back(place->unit);
  for (std::size_t w = 0; w < group.size(); ++w) set_zeros(*group[w], chosen[w]);
}

// Zeroes the lowest of every run.
void prune_runs(Work& work) {
  std::vector<std::size_t> chosen;
  for (std::size_t r = 0; r < work.units.runs.size(); ++r) {
    std::vector<std::uint32_t> run = work.units.runs[r];
    std::ranges::stable_sort(run, {}, [&](std::uint32_t unit) { return work.scores[unit]; });
    chosen.insert(chosen.end(), run.begin(), run.begin() + static_cast<std::ptrdiff_t>(work.units.gone[r]));
  }
  set_zeros(work, chosen);
}

// Of a weight that the pattern leaves as it is: why. Empty where something goes.
std::string why_whole(const Units& units) {
  if (units.runs.empty() || std::ranges::any_of(units.gone, [](std::size_t gone) { return gone > 0; })) return "";
  const auto longest = std::ranges::max_element(units.runs, {}, &std::vector<std::uint32_t>::size);
  return upkeep::format("no sum adds up more than {} of its weights in a row", longest->size());
}

Work rank_weight(const Model& model, const Wiring& wiring, const std::string& name, const Ranking& ranking, const Measured& measured,
                 const NamedSettings& pattern) {
  const Tensor& tensor = *model.graph.initializer(name);
  Work work{.name = name, .tensor = tensor, .role = role_of(wiring, name), .units = {}, .scores = {}};
  work.zeros_before = work.zeros_now = count_zeros(tensor);
  const bool plain = pattern.name == "element";
  const std::optional<KernelPlaces> places = plain ? std::nullopt : kernel_places(model, wiring, name);
  if (!plain && !places && ranking.amount.weights.empty()) {
    work.kept = "nobody knows which of its elements are added up";
    return work;
  }
  work.units = in_context(upkeep::format("weight \"{}\"", name),
                          [&] { return patterns::catalog().at(pattern.name).units(pattern.values, work.size(), places); });
  work.kept = why_whole(work.units);
  work.scores = unit_scores(work, ranking, scores_of(ranking, name, tensor, measured));
  return work;
}

void prune_all(std::vector<Work>& works, const Ranking& ranking) {
  std::map<std::string, std::vector<Work*>> groups;
  for (Work& work : works) {
    if (!work.kept.empty()) continue;
    if (!work.units.runs.empty()) prune_runs(work);
    else groups[ranking.amount.scope == "global" ? "" : ranking.amount.scope == "isomorphic" ? work.role : work.name].push_back(&work);
  }
  for (const auto& [key, group] : groups) prune_together(group, ranking);
}

void record(const NamedSettings& method, const NamedSettings& pattern, const std::vector<Work>& works, Change& change) {
  Json weights = Json::array();
  std::size_t size = 0, before = 0, zeros = 0;
  for (const Work& work : works) {
    weights.push_back({{"name", work.name}, {"size", work.size()}, {"zeros_before", work.zeros_before}, {"zeros", work.zeros_now}});
    change.notes.push_back(upkeep::format("{}: {} of {} are zero (before: {})", work.name, work.zeros_now, work.size(), work.zeros_before));
    if (!work.kept.empty()) weights.back()["kept"] = work.kept;
    size += work.size();
    before += work.zeros_before;
    zeros += work.zeros_now;
  }
  change.facts = {{"method", method.name},
                  {"settings", method.values},
                  {"pattern", pattern.name},
                  {"weights", std::move(weights)},
                  {"size", size},
                  {"zeros_before", before},
                  {"zeros", zeros},
                  {"sparsity", static_cast<double>(zeros) / static_cast<double>(size)}};
}

void expect_some(const std::vector<Work>& works) {
  if (std::ranges::any_of(works, [](const Work& work) { return work.kept.empty(); })) return;
  std::vector<std::string> why;
  for (const Work& work : works) why.push_back(upkeep::format("weight \"{}\": {}", work.name, work.kept));
  throw Error(ErrorCode::kFailedPrecondition, "the pattern leaves every kernel whole: " + some_of(why, 4, "; "), "prune by element");
}

void put_back(Model& model, const std::vector<Work>& works) {
  std::vector<std::string> masked = metadata_list(model, kPrunedKey);
  for (const Work& work : works) {
    *model.graph.initializer(work.name) = work.tensor;
    if (work.zeros_now > 0 && !std::ranges::contains(masked, work.name)) masked.push_back(work.name);
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

namespace {

// What was measured of a weight, where the method goes by it.
template <typename T>
const T* measured_of(const std::map<std::string, T>& all, const std::string& weight, std::string_view what, std::string_view hint) {
  const auto found = all.find(weight);
  if (found != all.end()) return &found->second;
  throw Error(ErrorCode::kFailedPrecondition, upkeep::format("there is no {} of weight \"{}\"", what, weight), std::string(hint));
}

}  // namespace

std::vector<double> scores_of(const Ranking& ranking, const std::string& weight, const Tensor& tensor, const Measured& measured) {
  const Tensor single = tensor.cast(DType::kFloat32);
  const auto values = single.floats();
  const auto wrong = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (wrong != values.end())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("weight \"{}\" is not finite at element {}", weight, wrong - values.begin()));
  Evidence evidence{.weight = weight, .values = values, .gradient = {}, .gradient_square = {}, .activation = {}};
  if (ranking.needs == Needs::kGradients) {
    const WeightGradient& gradient =
        *measured_of(measured.gradients, weight, "gradient",
                     "weights that are frozen, or that the loss does not depend on, cannot be ranked by it: name others");
    evidence.gradient = gradient.mean;
    evidence.gradient_square = gradient.square;
  } else if (ranking.needs == Needs::kActivations) {
    evidence.activation = *measured_of(measured.activations, weight, "activation",
                                       "nobody knows what its elements multiply: name others with --method NAME:weights=[...]");
  }
  return ranking.scores(evidence);
}

std::string role_of(const Wiring& wiring, const std::string& weight) {
  std::set<std::string> roles;
  std::vector<std::string> values = {weight};
  for (std::size_t i = 0; i < values.size(); ++i)
    for (const Wiring::Id id : wiring.readers(values[i])) {
      const Node& node = wiring.node(id);
      const bool moves = std::ranges::all_of(
          node.inputs, [&](const std::string& input) { return input.empty() || input == values[i] || wiring.constant(input); });
      if (moves) values.insert(values.end(), node.outputs.begin(), node.outputs.end());
      else roles.insert(upkeep::format("{}:{}", node.op, std::ranges::find(node.inputs, values[i]) - node.inputs.begin()));
    }
  return join(std::vector<std::string>(roles.begin(), roles.end()), " ");
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
    throw Error(ErrorCode::kInvalidArgument, "the model has no kernel to prune", all.empty() ? "" : "name weights: " + some_of(all));
  return chosen;
}

}  // namespace upkeep::pruning

namespace upkeep {

pruning::Needs needs_of(const NamedSettings& method) { return pruning::catalog().at(method.name).ranking(method.values).needs; }

pruning::Measured measure(const NamedSettings& method, Model& model, const Dataset& data, const std::optional<Compile>& compile,
                          const WeightGradientOptions& options) {
  pruning::Measured measured;
  const pruning::Needs needs = needs_of(method);
  if (needs == pruning::Needs::kGradients) {
    if (!compile)
      throw Error(ErrorCode::kInvalidArgument, method.name + " goes by gradients of a loss, and nobody says of which",
                  "say the loss, or prune by magnitude");
    model = Trainable(model).model();
    measured.gradients = weight_gradients(model, *compile, data, options);
  } else if (needs == pruning::Needs::kActivations) {
    std::vector<std::string> weights;
    for (const auto& [name, tensor] : model.graph.initializers)
      if (is_floating(tensor.dtype()) && tensor.rank() >= 2) weights.push_back(name);
    const std::int64_t rows = std::min(data.rows(), options.batch_size * options.batches);
    measured.activations = pruning::input_norms(model, weights, data.rows(0, rows).inputs, options.threads);
  }
  return measured;
}

Change prune_elements(Model& model, const NamedSettings& method, const pruning::Measured& measured, const NamedSettings& pattern) {
  return run_pass("prune " + method.name, model, [&](Model& pruned, Change& change) {
    const pruning::Ranking ranking = pruning::catalog().at(method.name).ranking(method.values);
    expect_floats(pruned);
    pruning::patterns::catalog().at(pattern.name);
    if (ranking.judges != pruning::Judges::kKernels)
      throw Error(ErrorCode::kInvalidArgument, method.name + " ranks channels, not single weights", "give --granularity channel");
    const Wiring wiring(pruned);
    std::vector<pruning::Work> works;
    for (const std::string& name : pruning::prunable(pruned, ranking.amount.weights))
      works.push_back(pruning::rank_weight(pruned, wiring, name, ranking, measured, pattern));
    pruning::expect_some(works);
    pruning::prune_all(works, ranking);
    pruning::put_back(pruned, works);
    pruning::record(method, pattern, works, change);
  });
}

}  // namespace upkeep
