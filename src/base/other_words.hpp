// Names that people bring from PyTorch, scikit-learn, Keras's older versions and talk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace upkeep {

// Lower case, without what joins words: "BCE-Loss" and "bce_loss" are "bceloss".
std::string plain_letters(std::string_view name);

// Those of the candidates that `name` stands for elsewhere, the likeliest first: "f1" of {"accuracy", "f1_score"} is "f1_score".
std::vector<std::string> meant_by(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace upkeep
