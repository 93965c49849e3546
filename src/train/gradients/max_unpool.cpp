// MaxUnpool   y = zeros with x at the places that the indices name      dL/dx = dL/dy at those places
// Col2Im      y = columns added up where their windows lie              dL/dx = the windows of dL/dy, side by side

#include "train/gradients/shared/convolution.hpp"

namespace upkeep::gradients {
namespace {

Grads max_unpool(const ForwardNode& node, Ops& ops) {
  Grads grads(node.input_count());
  grads[0] = ops.gather(ops.reshape(full_grad(node, ops), {-1}), node.input(1), 0);
  return grads;
}

// A convolution whose k-th filter picks the k-th element of a window; every channel on its own.
Grads col2im(const ForwardNode& node, Ops& ops) {
  const auto kernel = constant_ints(ops, node.input(2));
  if (!kernel) throw Error(ErrorCode::kUnsupported, "the block shape of Col2Im must be known before the graph runs", "make it a constant");
  const std::int64_t elements = element_count(*kernel);
  std::vector<float> picks(static_cast<std::size_t>(elements * elements));
  for (std::int64_t k = 0; k < elements; ++k) picks[static_cast<std::size_t>(k * elements + k)] = 1;
  Shape shape{elements, 1};
  shape.insert(shape.end(), kernel->begin(), kernel->end());
  const Value grad = full_grad(node, ops);
  std::vector<std::int64_t> dims(kernel->size() + 2, 0);
  dims[0] = -1, dims[1] = 1;
  std::vector<Attribute> attributes;
  for (const char* name : {"dilations", "pads", "strides"})
    if (const Attribute* given = node.node().find(name)) attributes.push_back(*given);
  const Value filters = ops.constant(Tensor(shape, std::move(picks)).cast(grad.dtype()));
  const Value windows = ops.node("Conv", {ops.reshape(grad, std::move(dims)), filters}, std::move(attributes));
  return {reshape_like(ops, windows, node.input(0)), Value(), Value()};
}

}  // namespace

void add_max_unpool(GradientCatalog& catalog) {
  catalog.add({.name = "MaxUnpool", .aliases = {}, .help = "dL/dx = dL/dy at the indices", .rule = max_unpool});
  catalog.add({.name = "Col2Im", .aliases = {}, .help = "dL/dx = the windows of dL/dy, side by side", .rule = col2im});
}

}  // namespace upkeep::gradients
