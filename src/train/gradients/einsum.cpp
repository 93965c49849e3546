// y = einsum("ab,bc->ac", x_1, x_2)      dL/dx_1 = einsum("ac,bc->ab", dL/dy, x_2): an operand changes places with the result
//
// An index that only x_1 has was summed away: its gradient is the same along it, and is stretched to it. A repeated index, "ii", takes the
// diagonal: there the gradient belongs, so the second i becomes a letter j of its own and an identity matrix "ij" one more factor. "..."
// stands for letters of its own too, as many as the ranks say; without an arrow the result has the letters that occur once, sorted. Where
// an operand has size 1 and was broadcast, its gradient is summed back.

#include <algorithm>
#include <map>

#include "base/names.hpp"
#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

constexpr std::string_view kDots = "...";

Error no_gradient_of(const std::string& text) {
  return Error(ErrorCode::kUnsupported, "equation \"" + text + "\" is not understood", "letters, commas, \"...\" and one \"->\" are");
}

std::string without_dots(std::string term) {
  if (const auto dots = term.find(kDots); dots != std::string::npos) term.erase(dots, kDots.size());
  return term;
}

// Sorted, those that occur once; what "..." stands for comes first.
std::string implied_result(const std::vector<std::string>& operands) {
  std::map<char, int> counts;
  bool dots = false;
  for (const std::string& operand : operands) {
    for (const char letter : without_dots(operand)) ++counts[letter];
    dots = dots || operand.find(kDots) != std::string::npos;
  }
  std::string result = dots ? std::string(kDots) : "";
  for (const auto& [letter, occurrences] : counts)
    if (occurrences == 1) result += letter;
  return result;
}

Equation read_equation(const std::string& text) {
  std::string plain = text;
  std::erase(plain, ' ');
  const auto arrow = plain.find("->");
  Equation made{upkeep::split(std::string_view(plain).substr(0, arrow), ','), ""};
  made.result = arrow == std::string::npos ? implied_result(made.operands) : plain.substr(arrow + 2);
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (const std::string& operand : made.operands)
    if (!std::ranges::all_of(without_dots(operand), is_letter)) throw no_gradient_of(text);
  return made;
}

// A letter that nothing uses yet, which it then counts as used.
char fresh_letter(std::string& used) {
  for (const char letter : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    if (used.find(letter) == std::string::npos) return used += letter, letter;
  throw Error(ErrorCode::kUnsupported, "the equation has too many indices", "52 letters are there");
}

// What "..." stands for becomes letters, the same ones everywhere, aligned at the right.
void write_out_dots(const ForwardNode& node, Equation& equation, std::string& used) {
  std::string letters;
  const auto write_out = [&](std::string& term, std::size_t count) {
    const auto dots = term.find(kDots);
    while (letters.size() < count) letters.insert(letters.begin(), fresh_letter(used));
    if (dots != std::string::npos) term.replace(dots, kDots.size(), letters.substr(letters.size() - count));
  };
  for (std::size_t i = 0; i < equation.operands.size(); ++i) {
    known_rank(node.input(i));
    if (std::string& operand = equation.operands[i]; operand.find(kDots) != std::string::npos)
      write_out(operand, node.input(i).rank() - without_dots(operand).size());
  }
  write_out(equation.result, letters.size());
}

Value identity_matrix(Ops& ops, Value x, std::size_t axis) {
  const Value size = sizes(ops, x, axis, axis + 1);
  const Value square = ops.node("ConstantOfShape", {joined(ops, {size, size})}, {{"value", Tensor({1}, std::vector<float>{0}), {}}});
  return ops.node("EyeLike", {square}, {{"dtype", static_cast<std::int64_t>(x.dtype()), {}}});
}

// Of the equation that gives the gradient: its factors and the indices that they have.
struct Product {
  std::vector<Value> factors;
  std::string terms;

  void add(Value factor, const std::string& indices) {
    if (!factors.empty()) terms += ',';
    factors.push_back(std::move(factor));
    terms += indices;
  }
};

// Whether x has, or might have, size 1 along an index along which another operand is longer.
bool may_be_stretched(const ForwardNode& node, const Equation& equation, std::size_t which) {
  const std::string& indices = equation.operands[which];
  for (std::size_t i = 0; i < equation.operands.size(); ++i) {
    for (std::size_t j = 0; i != which && j < equation.operands[i].size(); ++j) {
      const auto at = indices.find(equation.operands[i][j]);
      if (at == std::string::npos) continue;
      const Dim& own = node.input(which).dims()[at];
      const Dim& other = node.input(i).dims()[j];
      const bool same = own == other && (own.known() || !own.symbol.empty());
      if (!same && own.value <= 1 && other.value != 1) return true;
    }
  }
  return false;
}

Value operand_gradient(const ForwardNode& node, Ops& ops, const Equation& equation, std::string used, std::size_t which) {
  const Value x = node.input(which);
  Product product;
  product.add(full_grad(node, ops), equation.result);
  for (std::size_t i = 0; i < equation.operands.size(); ++i)
    if (i != which) product.add(node.input(i), equation.operands[i]);
  std::string indices = equation.operands[which];
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const char letter = indices[i];
    if (indices.find(letter) == i) continue;
    indices[i] = fresh_letter(used);
    product.add(identity_matrix(ops, x, i), {letter, indices[i]});
  }
  std::string kept;
  std::vector<std::int64_t> missing;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (product.terms.find(indices[i]) != std::string::npos) kept += indices[i];
    else missing.push_back(static_cast<std::int64_t>(i));
  }
  Value made = ops.node("Einsum", product.factors, {{"equation", product.terms + "->" + kept, {}}});
  if (!missing.empty()) made = ops.unsqueeze(made, std::move(missing));
  return may_be_stretched(node, equation, which) ? sum_to_shape(ops, full(ops, made, x), x) : made;
}

Grads einsum(const ForwardNode& node, Ops& ops) {
  Equation equation = read_equation(node.attribute<std::string>("equation", ""));
  std::string used = equation.result;
  for (const std::string& operand : equation.operands) used += operand;
  write_out_dots(node, equation, used);
  Grads grads(node.input_count());
  for (std::size_t i = 0; i < grads.size(); ++i)
    if (node.wants(i)) grads[i] = operand_gradient(node, ops, equation, used, i);
  return grads;
}

}  // namespace

void add_einsum(GradientCatalog& catalog) {
  catalog.add({.name = "Einsum", .aliases = {}, .help = "an operand changes places with the result", .rule = einsum});
}

}  // namespace upkeep::gradients
