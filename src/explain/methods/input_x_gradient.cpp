// The gradient times the row (Shrikumar et al. 2016): what a model that is linear around the row owes to each element, counted from 0.
//
//   x_i * d F(x) / d x_i

#include "explain/methods/shared/by_gradient.hpp"

namespace upkeep::explain::methods {

static Attribution input_x_gradient(const Question& question, const Json&) {
  const Path path(question, {});
  const Gradients::Answer answer = path.gradients().at(question.row, question.element);
  Attribution made{.answer = answer.answers[0]};
  const Numbers shares = product(gradient_of(answer, 0), path.row());
  made.base = made.answer - total(shares);
  made.notes.push_back("The base is what the tangent at the row answers for zeros.");
  attribute(made, question, path.gradients(), shares);
  return made;
}

void add_input_x_gradient(MethodCatalog& catalog) {
  catalog.add({.name = "input-x-gradient",
               .aliases = {"gradient-x-input"},
               .help = "gradient times the row, one run",
               .settings = {},
               .by_gradient = true,
               .explain = input_x_gradient});
}

}  // namespace upkeep::explain::methods
