// Sizes as numbers: input float[batch, 3, height, width]  ==>  input float[1, 3, 320, 320], and the same for every value that has one of
// the symbols in its shape.
//
//   --rewrite fixed-shape:image=1x3x320x320      --rewrite fixed-shape:0=1x3x320x320,1=?x16
//
// An exported detector computes most of its shapes from the size of the image: with that size a number, fold-constants computes them once,
// and compilers for phones, accelerators and microcontrollers take what is left. Shapes are inferred anew, which proves that the numbers
// fit.
// Not when: an input has another number there already, or another rank, which is an error.

#include <algorithm>

#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "optimize/rewrites/shared/fixed_sizes.hpp"

namespace upkeep::rewrites {

namespace {

// What follows an operator of another domain, whose shapes nobody here knows, stays without.
void infer_anew(Model& model) {
  model.graph.values.clear();
  Model shaped = model;
  try {
    in_context("with these sizes", [&] { infer_shapes(shaped); });
    model = std::move(shaped);
  } catch (const Error&) {
    const auto known = [](const Node& node) { return node.domain.empty() || node.domain == "ai.onnx.ml"; };
    if (std::ranges::all_of(model.graph.nodes, known)) throw;
  }
}

std::size_t fix_shape(Model& model, const Json& settings, Change&) {
  if (settings.empty())
    throw Error(ErrorCode::kInvalidArgument, "fixed-shape names no input", "write fixed-shape:INPUT=1x3x320x320, by name or by position");
  const std::size_t fixed = fix_sizes(model.graph, input_sizes(model.graph, settings));
  if (fixed == 0) return 0;
  infer_anew(model);
  return fixed;
}

}  // namespace

void add_fixed_shape(RewriteCatalog& catalog) {
  catalog.add({.name = "fixed-shape",
               .help = "give the sizes of inputs as numbers, by name or position: INPUT=1x3x320x320; ? leaves a size open",
               .settings = {},
               .apply = fix_shape});
}

}  // namespace upkeep::rewrites
