// Options that people bring from Keras, scikit-learn, PyTorch and other command lines, and what says the same here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upkeep {

// "write --optimizer adam:learning_rate=0.01" for "--lr" with the value "0.01", where the command has --optimizer; nothing where the
// option means nothing that one of `known` says. An empty value is shown as VALUE.
std::optional<std::string> other_option(std::string_view option, std::string_view value, const std::vector<std::string>& known);

}  // namespace upkeep
