#include "train/gradients/shared/stops.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <ranges>

#include "base/names.hpp"
#include "graph/subgraph.hpp"
#include "train/gradients/shared/control_flow.hpp"

namespace upkeep::gradients {
namespace {

// What a node does with an input.
enum class Use { kNumbers, kChoice, kShape };

// Inputs that say a shape or positions, or of which only the shape is read.
bool is_shape(const std::string& op, std::size_t input) {
  static const std::map<std::string, std::vector<std::size_t>, std::less<>> kShapes = {
      {"Shape", {0}},     {"Size", {0}},   {"EyeLike", {0}},   {"RandomNormalLike", {0}}, {"RandomUniformLike", {0}},
      {"Reshape", {1}},   {"Expand", {1}}, {"Resize", {3}},    {"Slice", {1, 2, 3, 4}},   {"Tile", {1}},
      {"Pad", {1, 3}},    {"TopK", {1}},   {"Squeeze", {1}},   {"Unsqueeze", {1}},        {"Split", {1}},
      {"OneHot", {1}},    {"Trilu", {1}},  {"CumSum", {1}},    {"CenterCropPad", {1}},    {"ConstantOfShape", {0}},
      {"MaxUnpool", {2}}, {"Loop", {0}},   {"Col2Im", {1, 2}}, {"AffineGrid", {1}},       {"SplitToSequence", {1}},
      {"DFT", {1, 2}},    {"STFT", {1, 3}}};
  if (op.starts_with("Reduce")) return input == 1;
  const auto found = kShapes.find(op);
  return found != kShapes.end() && std::ranges::contains(found->second, input);
}

// Inputs that say which numbers are taken.
bool is_choice(const std::string& op, std::size_t input) {
  static const std::map<std::string, std::size_t, std::less<>> kChoices = {{"Where", 0},
                                                                           {"If", 0},
                                                                           {"Compress", 1},
                                                                           {"Loop", 1},
                                                                           {"Gather", 1},
                                                                           {"GatherElements", 1},
                                                                           {"GatherND", 1},
                                                                           {"ScatterND", 1},
                                                                           {"ScatterElements", 1},
                                                                           {"Scatter", 1},
                                                                           {"OneHot", 0},
                                                                           {"ReverseSequence", 1},
                                                                           {"SequenceAt", 1},
                                                                           {"MaxUnpool", 1},
                                                                           {"RoiAlign", 2},
                                                                           {"SequenceErase", 1},
                                                                           {"LSTM", 4},
                                                                           {"GRU", 4},
                                                                           {"RNN", 4},
                                                                           {"SequenceInsert", 2},
                                                                           {"NegativeLogLikelihoodLoss", 1},
                                                                           {"SoftmaxCrossEntropyLoss", 1}};
  const auto found = kChoices.find(op);
  return found != kChoices.end() && found->second == input;
}

Use use_of(const Node& node, std::size_t input) {
  if (!node.domain.empty()) return Use::kNumbers;
  if (is_shape(node.op, input)) return Use::kShape;
  return is_choice(node.op, input) ? Use::kChoice : Use::kNumbers;
}

// Calls `work` with what the node reads, itself and in its sub-graphs, and how.
void each_read(const Node& node, const std::function<void(const std::string& name, Use use)>& work) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    if (!node.inputs[i].empty()) work(node.inputs[i], use_of(node, i));
  for (const GraphPtr& inner : subgraphs(node)) {
    const std::set<std::string> captured = reads_of(*inner);
    for (const ValueInfo& output : inner->outputs)
      if (captured.contains(output.name)) work(output.name, Use::kNumbers);
    for (const Node& of_inner : inner->nodes)
      each_read(of_inner, [&](const std::string& name, Use use) {
        if (captured.contains(name)) work(name, use);
      });
  }
}

bool reads_any(const Node& node, const std::function<bool(const std::string& name, Use use)>& fits) {
  bool found = false;
  each_read(node, [&](const std::string& name, Use use) { found = found || fits(name, use); });
  return found;
}

// What the targets depend on, themselves included; without choices, by numbers alone.
Names needed_by(const Graph& graph, const Names& targets, bool choices) {
  Names needed = targets;
  for (const Node& node : std::views::reverse(graph.nodes)) {
    if (std::ranges::none_of(node.outputs, [&](const std::string& name) { return needed.contains(name); })) continue;
    each_read(node, [&](const std::string& name, Use use) {
      if (use == Use::kNumbers || (use == Use::kChoice && choices)) needed.insert(name);
    });
  }
  return needed;
}

// Operators that read one of `from` and make something that is needed and that nothing of `from` flows into.
std::vector<const Node*> walls_of(const Graph& graph, const Names& from, const Names& needed) {
  std::vector<const Node*> walls;
  for (const Node& node : graph.nodes) {
    const bool ends = std::ranges::any_of(
        node.outputs, [&](const std::string& name) { return !name.empty() && needed.contains(name) && !from.contains(name); });
    if (ends && reads_any(node, [&](const std::string& name, Use use) { return use != Use::kShape && from.contains(name); }))
      walls.push_back(&node);
  }
  return walls;
}

// A comparison with random numbers: a Bernoulli that is written out.
bool draws(const Graph& graph, const Node& node) {
  if (!node.op.starts_with("Less") && !node.op.starts_with("Greater")) return false;
  return std::ranges::any_of(node.inputs, [&](const std::string& name) {
    const Node* maker = graph.producer(name);
    return maker && maker->op.starts_with("RandomUniform");
  });
}

bool is_flat(const Graph& graph, const Node* node) {
  const GradientEntry* entry = rule_for(*node);
  return (entry && !entry->rule) || draws(graph, *node);
}

std::vector<std::string> described_all(const std::vector<const Node*>& nodes) {
  std::vector<std::string> texts;
  for (const Node* node : nodes) texts.push_back(described(*node));
  return texts;
}

// The first few, and how many more.
std::string some(const std::vector<std::string>& texts) {
  constexpr std::size_t kMost = 5;
  if (texts.size() <= kMost) return join(texts);
  return join({texts.begin(), texts.begin() + kMost}) + " and " + std::to_string(texts.size() - kMost) + " more";
}

std::string quoted(std::vector<std::string> names) {
  for (std::string& name : names) name = "\"" + name + "\"";
  return some(names);
}

void add_texts(std::vector<std::string>& list, const std::vector<std::string>& more, const std::string& place) {
  for (const std::string& text : more) list.push_back(text + place);
}

// What stops gradients in the sub-graphs on the path.
void look_inside(Ops& ops, const Path& path, Stops& stops) {
  for (const Node& node : path.nodes)
    for (const Wiring& wiring : wirings(node)) {
      Subgraph body(ops, typed_body(ops, node, wiring), body_prefix(ops, node, wiring));
      const BodyFlow flow = body_flow(body, wiring, node, path.values);
      const std::vector<ValueInfo>& inputs = body.graph().inputs;
      const std::vector<ValueInfo>& outputs = body.graph().outputs;
      Names targets;
      Names sources;
      std::ranges::copy_if(reads_of(*wiring.graph), std::inserter(sources, sources.end()),
                           [&](const std::string& name) { return path.values.contains(name); });
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (flow.sources[i]) sources.insert(inputs[i].name);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const auto to = wiring.outputs[i];
        if (flow.targets[i] || (to && path.values.contains(node.outputs.at(*to)))) targets.insert(outputs[i].name);
      }
      const Stops inner = find_stops(body.ops(), flow.path, targets, sources);
      const std::string place = " in the " + wiring.attribute + " of " + described(node);
      add_texts(stops.quantised, inner.quantised, place);
      add_texts(stops.partial, inner.walls, place);
      add_texts(stops.partial, inner.partial, place);
    }
}

}  // namespace

Stops find_stops(Ops& ops, const Path& path, const Names& targets, const Names& sources) {
  const Graph& graph = ops.model().graph;
  const Names needed = needed_by(graph, targets, true);
  const auto is_quantised = [&](const std::string& name) {
    return path.influenced.contains(name) && !carries_gradient(ops.existing(name).dtype());
  };
  Stops stops;
  std::set<const Node*> quantised;
  for (const Node* node : walls_of(graph, path.influenced, needed)) {
    if (is_flat(graph, node) ||
        !reads_any(*node, [&](const std::string& name, Use use) { return use != Use::kShape && is_quantised(name); }))
      continue;
    quantised.insert(node);
    stops.quantised.push_back(described(*node));
  }
  Names unreached;
  for (const std::string& source : sources) {
    if (!needed.contains(source)) stops.idle.push_back(source);
    else if (!path.values.contains(source)) unreached.insert(source);
  }
  stops.unreached.assign(unreached.begin(), unreached.end());
  std::ranges::sort(stops.unreached);
  std::ranges::sort(stops.idle);
  const std::vector<const Node*> walls =
      unreached.empty() ? std::vector<const Node*>{} : walls_of(graph, influenced_by(ops, unreached), needed);
  stops.walls = described_all(walls);
  stops.flat = std::ranges::all_of(walls, [&](const Node* node) { return is_flat(graph, node); });
  Names flowing;
  std::ranges::copy_if(sources, std::inserter(flowing, flowing.end()), [&](const std::string& name) { return path.values.contains(name); });
  for (const Node* node : walls_of(graph, influenced_by(ops, flowing), needed_by(graph, targets, false)))
    if (!quantised.contains(node)) stops.partial.push_back(described(*node));
  look_inside(ops, path, stops);
  return stops;
}

void refuse_stops(const Stops& stops, bool by_name, std::size_t sources) {
  if (!stops.quantised.empty())
    throw Error(ErrorCode::kUnsupported, "no gradient passes " + some(stops.quantised),
                "arithmetic on quantised integers has none; a DequantizeLinear in front of an operator on floats has one");
  if (stops.unreached.empty() || stops.flat || (!by_name && stops.unreached.size() < sources)) return;
  throw Error(ErrorCode::kUnsupported, "no gradient reaches " + quoted(stops.unreached) + ": every way there ends at " + some(stops.walls),
              "integers, comparisons and choices carry no gradient; ask for values behind them, or leave these out (--freeze in training)");
}

std::vector<std::string> told(const Stops& stops) {
  std::vector<std::string> texts;
  if (!stops.unreached.empty())
    texts.push_back("the gradient of " + quoted(stops.unreached) + " is 0: every way there ends at " + some(stops.walls) +
                    (stops.flat ? ", constant almost everywhere" : ""));
  if (!stops.partial.empty()) texts.push_back("gradients do not pass " + some(stops.partial) + ": what is made there counts as constant");
  if (!stops.idle.empty()) texts.push_back("the gradient of " + quoted(stops.idle) + " is 0: nothing depends on its numbers");
  return texts;
}

}  // namespace upkeep::gradients
