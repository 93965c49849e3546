// y = einsum("ab,bc->ac", x_1, x_2)      dL/dx_1 = einsum("ac,bc->ab", dL/dy, x_2): an operand changes places with the result
//
// An index that only x_1 has was summed away: its gradient is the same along it, and is stretched to it.

#include <algorithm>

#include "base/names.hpp"
#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

Error no_gradient_of(const std::string& text) {
  return Error(ErrorCode::kUnsupported, "equation \"" + text + "\" has no gradient",
               "equations with an arrow, without \"...\" and without an index that occurs twice in one operand have one");
}

Equation read_equation(const std::string& text) {
  std::string plain = text;
  std::erase(plain, ' ');
  const auto arrow = plain.find("->");
  if (arrow == std::string::npos || plain.find('.') != std::string::npos) throw no_gradient_of(text);
  Equation made{upkeep::split(std::string_view(plain).substr(0, arrow), ','), plain.substr(arrow + 2)};
  for (std::string indices : made.operands) {
    std::ranges::sort(indices);
    if (std::ranges::adjacent_find(indices) != indices.end()) throw no_gradient_of(text);
  }
  return made;
}

Value operand_gradient(const ForwardNode& node, Ops& ops, const Equation& equation, std::size_t which) {
  std::string left = equation.result;
  std::vector<Value> inputs{full_grad(node, ops)};
  std::string known = equation.result;
  for (std::size_t i = 0; i < equation.operands.size(); ++i) {
    if (i == which) continue;
    left += "," + equation.operands[i];
    known += equation.operands[i];
    inputs.push_back(node.input(i));
  }
  std::string kept;
  std::vector<std::int64_t> missing;
  const std::string& indices = equation.operands[which];
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (known.find(indices[i]) != std::string::npos) kept += indices[i];
    else missing.push_back(static_cast<std::int64_t>(i));
  }
  const Value made = ops.node("Einsum", std::move(inputs), {{"equation", left + "->" + kept}});
  return missing.empty() ? made : full(ops, ops.unsqueeze(made, std::move(missing)), node.input(which));
}

Grads einsum(const ForwardNode& node, Ops& ops) {
  const Equation equation = read_equation(node.attribute<std::string>("equation", ""));
  Grads grads(node.input_count());
  for (std::size_t i = 0; i < grads.size(); ++i)
    if (node.wants(i)) grads[i] = operand_gradient(node, ops, equation, i);
  return grads;
}

}  // namespace

void add_einsum(GradientCatalog& catalog) {
  catalog.add({.name = "Einsum", .aliases = {}, .help = "an operand changes places with the result", .rule = einsum});
}

}  // namespace upkeep::gradients
