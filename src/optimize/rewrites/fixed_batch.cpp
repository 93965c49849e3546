// The batch as a number: input float[batch, 8]  ==>  input float[1, 8], and the same for every value that has the symbol in its shape.
//
// For accelerators and phones, whose compilers want to know every size. Shapes are inferred anew, which proves that the number fits.
// Not when: an input has another number there already, which is an error.

#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct FixedBatch {
  std::int64_t size = 1;
};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::FixedBatch;

template <>
inline const Settings settings<FixedBatch> = describe<FixedBatch>("fixed-batch", "give the first dimension of inputs and outputs a number",
                                                                  field("size", &FixedBatch::size, "rows in a batch", range(1, 1e6)));

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

// Gives the inputs the number; returns the symbols that stood there.
std::vector<Dim> fix_inputs(Graph& graph, std::int64_t size) {
  std::vector<Dim> replaced;
  for (ValueInfo& input : graph.inputs) {
    if (graph.initializer(input.name) || !input.type.shape || input.type.shape->empty()) continue;
    Dim& batch = input.type.shape->front();
    if (batch.known() && batch.value != size)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("input \"{}\" has a batch of {} already", input.name, batch.value),
                  "the rewrite dynamic-batch makes it a symbol again");
    if (!batch.known()) replaced.push_back(std::exchange(batch, Dim(size)));
  }
  return replaced;
}

std::size_t fix_batch(Model& model, const FixedBatch& options, Change&) {
  Graph& graph = model.graph;
  const std::vector<Dim> replaced = fix_inputs(graph, options.size);
  if (replaced.empty()) return 0;
  for (auto* list : {&graph.inputs, &graph.outputs})
    for (ValueInfo& info : *list) {
      if (!info.type.shape) continue;
      for (Dim& dim : *info.type.shape)
        if (!dim.symbol.empty() && std::ranges::contains(replaced, dim)) dim = Dim(options.size);
    }
  graph.values.clear();
  in_context(upkeep::format("with a batch of {}", options.size), [&] { infer_shapes(model); });
  return replaced.size();
}

}  // namespace

void add_fixed_batch(RewriteCatalog& catalog) { catalog.add(entry<FixedBatch>(fix_batch)); }

}  // namespace upkeep::rewrites
