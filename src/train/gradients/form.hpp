// Gradients in operators of train/kernels.
#pragma once

#include <vector>

#include "train/gradients/gradient.hpp"

namespace upkeep::gradients {

// What a gradient may be written in. Operators of train/kernels are quicker; only sessions that are given kernels::domain() run them.
enum class Form { kStandard, kKernels };

// differentiate() of gradient.hpp, which writes standard operators, in either form.
std::vector<Value> differentiate(Ops& ops, Value of, const std::vector<Value>& with_respect_to, Value incoming, Form form);

}  // namespace upkeep::gradients
