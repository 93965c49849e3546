// Sums of products over named axes: "bij,bjk->bik". Loops over all letters, those of the result outside.

#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

struct Equation {
  std::vector<std::string> inputs;
  std::string output;
};

Equation parse_equation(std::string text) {
  std::erase(text, ' ');
  if (text.contains('.')) throw not_written("an equation with \"...\" (" + text + ")");
  const std::size_t arrow = text.find("->");
  Equation equation{.inputs = split(text.substr(0, arrow), ','), .output = {}};
  if (arrow != std::string::npos) {
    equation.output = text.substr(arrow + 2);
    return equation;
  }
  const std::string letters = join(equation.inputs, "");
  for (const char c : letters)  // those that stand once, in alphabetical order
    if (std::ranges::count(letters, c) == 1) equation.output += c;
  std::ranges::sort(equation.output);
  return equation;
}

// A letter that stands twice in one operand walks its diagonal.
Walk walk_of_letters(const std::string& letters, const std::string& own, const Shape& shape) {
  const std::vector<std::int64_t> strides = row_major(shape);
  Walk walk{.begin = 0, .strides = std::vector<std::int64_t>(letters.size(), 0)};
  for (std::size_t i = 0; i < own.size(); ++i)
    if (shape[i] != 1) walk.strides[letters.find(own[i])] += strides[i];
  return walk;
}

void write_einsum(Operation& operation, Code& code) {
  const Equation equation = parse_equation(operation.attribute<std::string>("equation", ""));
  std::string letters = equation.output;
  for (const char c : join(equation.inputs, ""))
    if (!letters.contains(c)) letters += c;
  Shape dims(letters.size(), 1);
  std::vector<Walk> walks;
  std::string product;
  for (std::size_t i = 0; i < equation.inputs.size(); ++i) {
    const Operand x = operation.input(i);
    if (x.rank() != equation.inputs[i].size()) throw not_written("an equation whose letters do not fit its inputs");
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
      std::int64_t& dim = dims[letters.find(equation.inputs[i][axis])];
      dim = std::max(dim, x.shape[axis]);
    }
  }
  for (std::size_t i = 0; i < equation.inputs.size(); ++i)
    walks.push_back(walk_of_letters(letters, equation.inputs[i], operation.input(i).shape));
  walks.push_back(walk_of_letters(letters, equation.output, operation.output(0).shape));
  code.line(upkeep::format("std::fill_n(y0, {}, {});", operation.output(0).count(), operation.number(0)));
  write_loops(code, dims, std::move(walks), [&](const auto& at) {
    for (std::size_t i = 0; i < equation.inputs.size(); ++i) product += upkeep::format("{}x{}[{}]", i == 0 ? "" : " * ", i, at[i]);
    code.line(upkeep::format("y0[{}] += {};", at.back(), product));
  });
}

}  // namespace

void add_einsum(OperatorCatalog& catalog) {
  catalog.add({.name = "Einsum", .aliases = {}, .help = "sums of products over named axes", .write = write_einsum});
}

}  // namespace upkeep::firmware
