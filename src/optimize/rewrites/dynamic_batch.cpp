// The batch as a symbol: input float[1, 8]  ==>  input float[batch, 8], and a Reshape to [1, 16] becomes one to [-1, 16] (or, where another
// size is open already, to [0, ...]: "as it was").
//
// Shapes are inferred anew, and every output whose first dimension was the number must have the symbol there: a batch that is baked into
// the graph in another way (an Expand, a constant state of a recurrent layer) is an error that names the operator.

#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct DynamicBatch {
  std::string symbol = "batch";
  std::vector<std::string> inputs;
};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::DynamicBatch;

template <>
inline const Settings settings<DynamicBatch> =
    describe<DynamicBatch>("dynamic-batch", "let the first dimension of inputs and outputs vary",
                           field("symbol", &DynamicBatch::symbol, "what the dimension is called"),
                           field("inputs", &DynamicBatch::inputs, "inputs that have a batch (default: all that are no single number)"));

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

bool starts_with(const ValueType* type, const Dim& dim) {
  return type && type->shape && !type->shape->empty() && type->shape->front() == dim;
}

// Makes the inputs' first dimension the symbol; returns the number that stood there. 0: none had one.
std::int64_t free_inputs(Graph& graph, const DynamicBatch& options) {
  std::int64_t size = 0;
  for (ValueInfo& input : graph.inputs) {
    const bool chosen = options.inputs.empty() || std::ranges::contains(options.inputs, input.name);
    if (!chosen || graph.initializer(input.name) || !input.type.shape || input.type.shape->empty()) continue;
    Dim& batch = input.type.shape->front();
    if (!batch.known()) continue;
    if (size != 0 && size != batch.value)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("input \"{}\" begins with {}, another input with {}", input.name, batch.value, size),
                  "say which inputs have a batch: dynamic-batch:inputs=[a,b]");
    size = batch.value;
    batch = Dim(options.symbol);
  }
  return size;
}

// Frees each Reshape of a value that has the symbol to a constant shape that has the number.
std::size_t free_reshapes(Model& model, const Wiring& wiring, const Dim& symbol, std::int64_t size) {
  std::size_t changed = 0;
  Wiring names = wiring;
  for (Node& node : model.graph.nodes) {
    const auto target = integers(is_op(node, "Reshape") ? wiring.constant(input(node, 1)) : nullptr);
    if (!target || target->empty() || target->front() != size || !starts_with(wiring.type(node.inputs[0]), symbol)) continue;
    std::vector<std::int64_t> open = *target;
    open[0] = std::ranges::contains(open, -1) ? 0 : -1;
    const std::string name = names.fresh(node.outputs[0] + "/shape");
    model.graph.initializers.emplace_back(name, int64s(std::move(open)));
    node.inputs[1] = name;
    ++changed;
  }
  return changed;
}

Error baked_in(const Model& model, const Wiring& before, const Wiring& after, const std::string& output, const Dim& symbol,
               std::int64_t size) {
  for (const Node& node : model.graph.nodes) {
    const bool reads = std::ranges::any_of(node.inputs, [&](const std::string& name) { return starts_with(after.type(name), symbol); });
    const bool loses = std::ranges::any_of(node.outputs, [&](const std::string& name) {
      return starts_with(before.type(name), Dim(size)) && !starts_with(after.type(name), symbol);
    });
    if (reads && loses)
      return Error(ErrorCode::kUnsupported, upkeep::format("the batch of {} is baked into {} \"{}\"", size, node.op, node.name),
                   upkeep::format("output \"{}\" cannot have another", output));
  }
  return Error(ErrorCode::kUnsupported, upkeep::format("output \"{}\" has {} rows whatever the inputs have", output, size));
}

std::size_t free_batch(Model& model, const DynamicBatch& options, Change&) {
  const Wiring before(model);
  const Graph declared = model.graph;
  Graph& graph = model.graph;
  const Dim symbol(options.symbol);
  const std::int64_t size = free_inputs(graph, options);
  if (size == 0) return 0;
  graph.values.clear();
  for (ValueInfo& output : graph.outputs)
    if (starts_with(&output.type, Dim(size))) output.type.shape->front() = Dim();
  while (free_reshapes(model, Wiring(model), symbol, size) > 0) continue;
  in_context(upkeep::format("with a batch of any size"), [&] { infer_shapes(model); });
  const Wiring after(model);
  for (const ValueInfo& output : declared.outputs)
    if (starts_with(before.type(output.name), Dim(size)) && !starts_with(after.type(output.name), symbol))
      throw baked_in(model, before, after, output.name, symbol, size);
  return 1;
}

}  // namespace

void add_dynamic_batch(RewriteCatalog& catalog) { catalog.add(entry<DynamicBatch>(free_batch)); }

}  // namespace upkeep::rewrites
