// y = x in another float type      dL/dx = dL/dy in the type of x. Through an integer or boolean no gradient flows, but from the integers
// of a quantisation to floats it does, and stays in the float type it has.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static bool cast_is_float(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBFloat16;
}

static Grads cast(const ForwardNode& node, Ops& ops) {
  const DType from = node.input(0).dtype();
  return {cast_is_float(from) ? ops.cast(node.grad(0), from) : node.grad(0), Value()};
}

void add_cast(GradientCatalog& catalog) {
  catalog.add({.name = "Cast", .aliases = {"CastLike"}, .help = "dL/dx = dL/dy in the type of x", .rule = cast});
}

}  // namespace upkeep::gradients
