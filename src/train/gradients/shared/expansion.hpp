// The gradient of an operator by what it does: written out in operators that have gradients, its gradient follows.
#pragma once

#include <functional>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

// Makes the operator's float outputs (the first ones suffice) of its inputs.
using Expansion = std::function<std::vector<Value>(Ops& ops, const std::vector<Value>& inputs)>;

Grads by_expansion(const ForwardNode& node, Ops& ops, const Expansion& expansion);

}  // namespace upkeep::gradients
