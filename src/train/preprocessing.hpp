// Layers in front of a net for columns that it does not take as they are: texts and whole numbers as one-hot vectors, gaps filled in.
#pragma once

#include <string>
#include <vector>

#include "layers/view/architecture.hpp"

namespace upkeep {

struct Category {
  std::string column;
  DType dtype = DType::kString;  // or int64
  std::string input = {};        // the input layer that with_categories() makes for it
};

// The net with an input for each category, called as its column, whose values are looked up (in vocabularies yet to be adapted) and join
// the net's own input as one-hot vectors, behind the layers that scale it. The net's input is then `numbers` wide; it is declared as that,
// or as one for each category more; without numbers it goes. Throws Error{kInvalidArgument} where the net has another input.
Architecture with_categories(Architecture net, std::vector<Category>& categories, std::int64_t numbers);

// The net with `fills` [F] in place of what is missing (NaN) in the input layer `input` [batch, F].
Architecture with_gaps_filled(Architecture net, const std::string& input, const std::vector<double>& fills);

}  // namespace upkeep
