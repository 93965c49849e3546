#include "train/gradients/shared/coverage.hpp"

#include <algorithm>

#include "graph/onnx.hpp"
#include "train/gradients/shared/path.hpp"
#include "train/lowerings/lowering.hpp"

namespace upkeep::gradients {
namespace {

// Operators of which nothing is left once their reader is written out.
bool goes_with_a_reader(const OperatorInfo& of) {
  return std::ranges::any_of(lowerings::catalog(), [&](const lowerings::LoweringEntry& entry) {
    return entry.domain == of.domain && std::ranges::contains(entry.makers, of.name);
  });
}

void say_how(const OperatorInfo& of, Coverage& row) {
  const GradientEntry* rule = rule_for({.op = of.name, .domain = of.domain});
  const lowerings::LoweringEntry* lowering = lowerings::catalog().find(of.name);
  if (rule) {
    row.gradient = rule->rule ? "rule" : "stops";
    row.help = rule->help;
  } else if (lowering && lowering->domain == of.domain) {
    row.gradient = "lowered";
    row.help = lowering->help;
  } else if (!of.floats) {
    row.gradient = "integers";
  } else if (of.is_function) {
    row.gradient = "lowered";
    row.help = "as ONNX defines it by other operators";
  } else if (goes_with_a_reader(of)) {
    row.gradient = "lowered";
    row.help = "with the operators that take tensors out of it";
  } else {
    row.gradient = "none";
  }
}

}  // namespace

std::vector<Coverage> coverage() {
  std::vector<Coverage> rows;
  for (const OperatorInfo& one : standard_operators()) {
    Coverage& row = rows.emplace_back(one.domain, one.name, one.versions);
    say_how(one, row);
  }
  return rows;
}

}  // namespace upkeep::gradients
