#include "convert/firmware/shared/activations.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "convert/firmware/shared/code.hpp"

namespace upkeep::firmware {

namespace {

// Formulas: ONNX's operator definitions. A comparison is written so that it keeps what is not a number.
const std::map<std::string_view, Expression>& expressions() {
  static const std::map<std::string_view, Expression> all = {
      {"Abs", {"x < {0} ? static_cast<T>(-x) : x"}},
      {"Acos", {"std::acos(x)"}},
      {"Acosh", {"std::acosh(x)"}},
      {"Affine", {"p0 * x + p1", {{"alpha", 1}, {"beta", 0}}}},
      {"Asin", {"std::asin(x)"}},
      {"Asinh", {"std::asinh(x)"}},
      {"Atan", {"std::atan(x)"}},
      {"Atanh", {"std::atanh(x)"}},
      {"Ceil", {"std::ceil(x)"}},
      {"Celu", {"x < {0} ? p0 * std::expm1(x / p0) : x", {{"alpha", 1}}}},
      {"Cos", {"std::cos(x)"}},
      {"Cosh", {"std::cosh(x)"}},
      {"Elu", {"x < {0} ? p0 * std::expm1(x) : x", {{"alpha", 1}}}},
      {"Erf", {"std::erf(x)"}},
      {"Exp", {"std::exp(x)"}},
      {"Floor", {"std::floor(x)"}},
      {"HardSigmoid", {"std::clamp(p0 * x + p1, {0}, {1})", {{"alpha", 0.2}, {"beta", 0.5}}}},
      {"HardSwish", {"x * std::clamp(x / {6} + {0.5}, {0}, {1})"}},
      {"IsNaN", {"std::isnan(x)"}},
      {"LeakyRelu", {"x < {0} ? p0 * x : x", {{"alpha", 0.01}}}},
      {"Log", {"std::log(x)"}},
      {"Mish", {"x * std::tanh(softplus(x))"}},
      {"Neg", {"static_cast<T>(-x)"}},
      {"Not", {"!x"}},
      {"Reciprocal", {"{1} / x"}},
      {"Relu", {"x < {0} ? {0} : x"}},
      {"Round", {"std::nearbyint(x)"}},
      {"ScaledTanh", {"p0 * std::tanh(p1 * x)", {{"alpha", 1}, {"beta", 1}}}},
      {"Selu",
       {"x > {0} ? p1 * x : p1 * p0 * std::expm1(x)", {{"alpha", 1.67326319217681884765625}, {"gamma", 1.05070102214813232421875}}}},
      {"Shrink", {"x < -p1 ? x + p0 : x > p1 ? x - p0 : {0}", {{"bias", 0}, {"lambd", 0.5}}}},
      {"Sigmoid", {"sigmoid(x)"}},
      {"Sign", {"x > {0} ? {1} : x < {0} ? {-1} : {0}"}},
      {"Sin", {"std::sin(x)"}},
      {"Sinh", {"std::sinh(x)"}},
      {"Softplus", {"softplus(x)"}},
      {"Softsign", {"x / ({1} + std::abs(x))"}},
      {"Sqrt", {"std::sqrt(x)"}},
      {"Tan", {"std::tan(x)"}},
      {"Tanh", {"std::tanh(x)"}},
      {"ThresholdedRelu", {"x > p0 ? x : {0}", {{"alpha", 1}}}},
  };
  return all;
}

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; }

double number_in(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

const Expression* expression_of(std::string_view op) {
  const auto found = expressions().find(op);
  return found == expressions().end() ? nullptr : &found->second;
}

std::vector<std::string> expression_names() {
  std::vector<std::string> names;
  for (const auto& [name, expression] : expressions()) names.emplace_back(name);
  return names;
}

std::string filled_in(const Expression& expression, DType dtype, const std::string& x, const std::vector<std::optional<double>>& given) {
  std::map<std::string, std::string, std::less<>> words = {{"x", x}, {"T", type_name(dtype)}};
  for (std::size_t i = 0; i < expression.parameters.size(); ++i)
    words["p" + std::to_string(i)] = literal(i < given.size() && given[i] ? *given[i] : expression.parameters[i].second, dtype);
  std::string made;
  for (std::string_view left = expression.text; !left.empty();) {
    std::size_t length = 1;
    if (left[0] == '{') {
      length = left.find('}') + 1;
      made += literal(number_in(left.substr(1, length - 2)), dtype);
    } else if (is_letter(left[0])) {
      length = static_cast<std::size_t>(std::ranges::find_if_not(left, is_letter) - left.begin());
      const auto word = words.find(left.substr(0, length));
      made += word == words.end() ? std::string(left.substr(0, length)) : word->second;
    } else {
      made += left[0];
    }
    left.remove_prefix(length);
  }
  return made;
}

}  // namespace upkeep::firmware
