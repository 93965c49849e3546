// Functions of one number as C++ expressions, for the operators of one input and for the gates of recurrent ones.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep::firmware {

struct Expression {
  std::string_view text;  // of x and of the parameters p0, p1; numbers as {1}; T is the type
  std::vector<std::pair<std::string_view, double>> parameters = {};
};

// ONNX's operators of one input that work number by number, with the names and defaults of their attributes. nullptr: none of them.
const Expression* expression_of(std::string_view op);
std::vector<std::string> expression_names();

// The expression with x, the parameters and the type filled in. `given`: values in place of the defaults, in order.
std::string filled_in(const Expression& expression, DType dtype, const std::string& x, const std::vector<std::optional<double>>& given);

}  // namespace upkeep::firmware
