// The batch as a number: input float[batch, 8]  ==>  input float[1, 8], and the same for every value that has the symbol in its shape.
//
// For accelerators and phones, whose compilers want to know every size. Shapes are inferred anew, which proves that the number fits.
// Not when: an input has another number there already, which is an error.

#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "optimize/rewrites/shared/fixed_sizes.hpp"

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

std::size_t fix_batch(Model& model, const FixedBatch& options, Change&) {
  Graph& graph = model.graph;
  InputSizes sizes;
  for (const ValueInfo& input : graph.inputs) {
    if (graph.initializer(input.name) || !input.type.shape || input.type.shape->empty()) continue;
    sizes[input.name] = Dims(input.type.shape->size());
    sizes[input.name].front() = Dim(options.size);
  }
  const std::size_t fixed = fix_sizes(graph, sizes);
  if (fixed == 0) return 0;
  graph.values.clear();
  in_context(upkeep::format("with a batch of {}", options.size), [&] { infer_shapes(model); });
  return fixed;
}

}  // namespace

void add_fixed_batch(RewriteCatalog& catalog) { catalog.add(entry<FixedBatch>(fix_batch)); }

}  // namespace upkeep::rewrites
