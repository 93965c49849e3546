// Gradients of pooling in standard operators, from the gradient that arrives at y in its full shape. `node` is any node that carries the
// operator's attributes. Sizes may be unknown until the graph runs; ranks may not.
#pragma once

#include "train/gradients/shared/convolution.hpp"

namespace upkeep::gradients {

// `indices`: the operator's second output (storage_order 0), if there is one; else the pooling is done once more to have it.
Value max_pool_input_grad(Ops& ops, const Node& node, Value grad, Value x, Value indices = {});
Value average_pool_input_grad(Ops& ops, const Node& node, Value grad, Value x);
Value lp_pool_input_grad(Ops& ops, const Node& node, Value grad, Value x, Value y);

// The gradient of y = (sum |x|^p)^(1/p):   dL/dx = |x|^(p - 1) sign(x) * spread(dL/dy * y^(1 - p))
Value lp_scaled(Ops& ops, Value grad, Value y, std::int64_t p);  // dL/dy * y^(1 - p); no gradient flows where y = 0
Value lp_slope(Ops& ops, Value x, std::int64_t p);               // |x|^(p - 1) sign(x)

}  // namespace upkeep::gradients
