// Gradients for somebody who has to be told where they stop.
#pragma once

#include <string>
#include <vector>

#include "train/gradients/form.hpp"

namespace upkeep::gradients {

struct Asked {
  Form form = Form::kStandard;
  bool by_name = true;  // false: a value that no gradient reaches is an error only where none of the values is reached
};

struct Report {
  std::vector<Value> gradients;    // one per value asked for
  std::vector<bool> reached;       // whether there is a path of gradients to it; where there is none, its gradient is zeros
  std::vector<std::string> notes;  // values that get zeros, and operators at which a part of the gradients stops
};

// differentiate() of gradient.hpp. Throws Error{kUnsupported} naming the operators at which a gradient stops on its way to a value that
// `of` depends on: integers, comparisons, arithmetic on quantised numbers.
Report differentiate_and_report(Ops& ops, Value of, const std::vector<Value>& with_respect_to, Value incoming, const Asked& asked);

}  // namespace upkeep::gradients
