#include "optimize/prune/shared/residual_blocks.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "graph/element_types.hpp"
#include "graph/subgraph.hpp"
#include "graph/wiring.hpp"
#include "layers/view/build.hpp"
#include "optimize/expect_floats.hpp"
#include "optimize/structure/structure.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

// A layer or a node, as far as blocks go.
struct Step {
  std::string name;  // of its value
  std::vector<std::string> reads;
  bool sums = false;
};

// The steps of a model in topological order, with the shapes of their values.
struct Flow {
  std::vector<Step> steps;
  std::map<std::string, Dims> shapes;
  std::vector<std::string> outputs;
};

Flow flow_of_layers(const Architecture& net) {
  Flow flow{.steps = {}, .shapes = output_shapes(net), .outputs = output_layers(net)};
  for (const LayerSpec& layer : net.layers) flow.steps.push_back({layer.name, layer.inputs, layer.kind == "add"});
  return flow;
}

Flow flow_of_graph(const Model& model) {
  const Wiring wiring(model);
  Flow flow;
  for (const ValueInfo& output : model.graph.outputs) flow.outputs.push_back(output.name);
  for (const Node& node : model.graph.nodes) {
    if (node.outputs.empty()) continue;
    const std::set<std::string> reads = reads_of(node);
    for (const std::string& output : node.outputs) {
      flow.steps.push_back({output, {reads.begin(), reads.end()}, is_op(node, "Add")});
      if (const auto dims = wiring.dims(output)) flow.shapes[output] = *dims;
    }
  }
  for (const ValueInfo& input : model.graph.inputs)
    if (const auto dims = wiring.dims(input.name)) flow.shapes[input.name] = *dims;
  return flow;
}

// What a value is made of, itself included.
std::set<std::string> makers_of(const Flow& flow, const std::string& value) {
  std::set<std::string> all = {value};
  for (const Step& step : flow.steps | std::views::reverse)
    if (all.contains(step.name)) all.insert(step.reads.begin(), step.reads.end());
  return all;
}

std::size_t readers_of(const Flow& flow, const std::string& value) {
  std::size_t count = static_cast<std::size_t>(std::ranges::count(flow.outputs, value));
  for (const Step& step : flow.steps) count += static_cast<std::size_t>(std::ranges::count(step.reads, value));
  return count;
}

std::optional<ResidualBlock> block_of(const Flow& flow, const Step& sum, const std::string& skip, const std::string& branch) {
  const auto shape = flow.shapes.find(skip), made = flow.shapes.find(sum.name);
  if (skip == branch || shape == flow.shapes.end() || made == flow.shapes.end() || shape->second != made->second) return std::nullopt;
  if (readers_of(flow, branch) != 1) return std::nullopt;
  const std::set<std::string> inside = makers_of(flow, branch);
  if (!inside.contains(skip)) return std::nullopt;
  const std::set<std::string> before = makers_of(flow, skip);
  ResidualBlock block{.name = sum.name, .skip = skip, .inner = {}};
  for (const Step& step : flow.steps)
    if (inside.contains(step.name) && !before.contains(step.name)) block.inner.push_back(step.name);
  return block;
}

std::vector<ResidualBlock> blocks_in(const Flow& flow) {
  std::vector<ResidualBlock> blocks;
  for (const Step& step : flow.steps) {
    if (!step.sums || step.reads.size() != 2) continue;
    auto block = block_of(flow, step, step.reads[0], step.reads[1]);
    if (!block) block = block_of(flow, step, step.reads[1], step.reads[0]);
    if (block) blocks.push_back(std::move(*block));
  }
  return blocks;
}

bool is_layered(const Model& model) { return find(model.metadata, kLayersKey) != nullptr; }

Model without_layers(const Model& model, const ResidualBlock& block) {
  const LayeredModel layered = with_layers(model);
  Architecture net = layered.architecture;
  structure::redirect(net, block.name, block.skip);
  std::set<std::string> needed;
  for (const std::string& output : net.outputs) needed.insert(layer_of(output));
  for (const LayerSpec& layer : net.layers | std::views::reverse)
    if (needed.contains(layer.name)) {
      for (const std::string& input : layer.inputs) needed.insert(layer_of(input));
      if (!layer.shares.empty()) needed.insert(layer.shares);
    }
  std::erase_if(net.layers, [&](const LayerSpec& layer) { return !layer.inputs.empty() && !needed.contains(layer.name); });
  return structure::rebuilt(layered, net, {}, 0).model;
}

Model without_nodes(const Model& model, const ResidualBlock& block) {
  Model made = model;
  Wiring wiring(model);
  wiring.bypass(*wiring.producer(block.name), block.skip);
  made.graph = wiring.finish();
  drop_stale_notes(made, Edit::kGraphChanged);
  return made;
}

double change_between(const Tensors& before, const Tensors& after) {
  double apart = 0, all = 0;
  for (const auto& [name, tensor] : before) {
    if (!is_floating(tensor.dtype())) continue;
    const Tensor one = tensor.cast(DType::kFloat32), other = after.at(name).cast(DType::kFloat32);
    if (one.shape() != other.shape()) return std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < one.floats().size(); ++i) {
      const double difference = double{one.floats()[i]} - double{other.floats()[i]};
      apart += difference * difference;
      all += double{one.floats()[i]} * double{one.floats()[i]};
    }
  }
  const double change = std::sqrt(apart / std::max(all, 1e-30));
  return std::isfinite(change) ? change : std::numeric_limits<double>::infinity();
}

void expect_finite(const Tensors& answers) {
  for (const auto& [name, tensor] : answers) {
    if (!is_floating(tensor.dtype())) continue;
    const Tensor single = tensor.cast(DType::kFloat32);
    const auto wrong = std::ranges::find_if(single.floats(), [](float value) { return !std::isfinite(value); });
    if (wrong == single.floats().end()) continue;
    const std::int64_t each = std::max<std::int64_t>(1, tensor.size() / std::max<std::int64_t>(1, tensor.rank() > 0 ? tensor.dim(0) : 1));
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("the model has no finite answer to row {}", (wrong - single.floats().begin()) / each + 1),
                "fill missing values in, or leave the rows out");
  }
}

std::int64_t parameter_count(const Model& model) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : model.graph.initializers)
    if (is_floating(tensor.dtype())) count += tensor.size();
  return count;
}

void begin_facts(const Model& model, Change& change) {
  change.facts = {{"method", "answers"},
                  {"blocks", residual_blocks(model).size()},
                  {"removed", Json::array()},
                  {"parameters_before", parameter_count(model)},
                  {"parameters", parameter_count(model)}};
}

void take_down(const WeighedBlock& gone, const Model& without, Change& change) {
  change.facts["removed"].push_back({{"name", gone.block.name}, {"change", gone.change}, {"inner", gone.block.inner}});
  change.facts["parameters"] = parameter_count(without);
  change.notes.push_back(upkeep::format("{} is left out: the answers change by {:.3g} without it", gone.block.name, gone.change));
}

}  // namespace

std::vector<ResidualBlock> residual_blocks(const Model& model) {
  return blocks_in(is_layered(model) ? flow_of_layers(architecture_of(model)) : flow_of_graph(model));
}

Model without_block(const Model& model, const ResidualBlock& block) {
  return is_layered(model) ? without_layers(model, block) : without_nodes(model, block);
}

std::vector<WeighedBlock> weighed_blocks(const Model& model, const Tensors& rows, int threads) {
  constexpr std::int64_t kBatch = 64;
  const Tensors before = predict(model, rows, kBatch, threads);
  expect_finite(before);
  std::vector<WeighedBlock> weighed;
  for (ResidualBlock& block : residual_blocks(model)) {
    const double change = change_between(before, predict(without_block(model, block), rows, kBatch, threads));
    weighed.push_back({std::move(block), change});
  }
  std::ranges::stable_sort(weighed, {}, &WeighedBlock::change);
  return weighed;
}

Change prune_blocks(Model& model, std::size_t count, const Tensors& rows, int threads) {
  return run_pass("prune layers", model, [&](Model& pruned, Change& change) {
    expect_floats(pruned);
    const std::size_t blocks = residual_blocks(pruned).size();
    if (count > blocks)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("the model has {} residual blocks, of which {} cannot go", blocks, count),
                  "a block adds what it computes to its own input, of the same shape");
    begin_facts(pruned, change);
    for (std::size_t i = 0; i < count; ++i) {
      const WeighedBlock least = weighed_blocks(pruned, rows, threads).front();
      pruned = without_block(pruned, least.block);
      take_down(least, pruned, change);
    }
  });
}

Accepted shallowest_accepted(const Judge& judge, const Model& model, const Tensors& rows, const std::function<Model(const Model&)>& learn,
                             Change& change, int threads) {
  std::optional<Accepted> accepted;
  std::vector<std::string> attempts;
  Model now = model;
  change.pass = "prune layers";
  in_context(change.pass, [&] { expect_floats(model); });
  begin_facts(model, change);
  while (true) {
    const std::vector<WeighedBlock> weighed = weighed_blocks(now, rows, threads);
    if (weighed.empty()) break;
    Model shallower = learn(without_block(now, weighed.front().block));
    Verdict verdict = judge.judge(shallower);
    attempts.push_back(upkeep::format("without {}: {}", weighed.front().block.name, to_string(verdict.judgement())));
    if (!verdict.accepted()) {
      if (!accepted) accepted = Accepted{.model = std::move(shallower), .verdict = std::move(verdict)};
      break;
    }
    take_down(weighed.front(), shallower, change);
    now = shallower;
    accepted = Accepted{.model = std::move(shallower), .verdict = std::move(verdict)};
  }
  if (!accepted)
    throw Error(ErrorCode::kInvalidArgument, "the model has no residual blocks",
                "a block adds what it computes to its own input, of one shape");
  accepted->verdict.attempts = std::move(attempts);
  return std::move(*accepted);
}

}  // namespace upkeep
