// The gradient of the answer by each element of the row (Simonyan, Vedaldi & Zisserman 2014):
//
//   |d F(x) / d x_i|
//
// How fast the answer moves, per unit of the input: not a share of the answer. A feature of several elements gets their sum.

#include "explain/methods/shared/by_gradient.hpp"

namespace upkeep::explain::methods {

struct Saliency {
  bool absolute = true;
};

}  // namespace upkeep::explain::methods

template <>
inline const upkeep::Settings upkeep::settings<upkeep::explain::methods::Saliency> = upkeep::describe<upkeep::explain::methods::Saliency>(
    "saliency", "how fast the answer moves with each element",
    upkeep::field("absolute", &upkeep::explain::methods::Saliency::absolute, "magnitudes without their signs"));

namespace upkeep::explain::methods {

static Attribution saliency(const Question& question, const Json& settings) {
  const Path path(question, {});
  const Gradients::Answer answer = path.gradients().at(question.row, question.element);
  Numbers gradient = gradient_of(answer, 0);
  if (parse<Saliency>(settings).absolute)
    for (auto& [name, values] : gradient)
      for (double& value : values) value = std::abs(value);
  Attribution made{.answer = answer.answers[0], .notes = {"Values are units of the answer per unit of the input."}};
  attribute(made, question, path.gradients(), gradient);
  return made;
}

void add_saliency(MethodCatalog& catalog) {
  catalog.add({.name = "saliency",
               .aliases = {"gradient"},
               .help = "gradient of the answer by each feature, one run",
               .settings = settings<Saliency>,
               .by_gradient = true,
               .explain = saliency});
}

}  // namespace upkeep::explain::methods
