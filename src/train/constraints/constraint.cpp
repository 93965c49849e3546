#include "train/constraints/constraint.hpp"

#include "layers/keras/form.hpp"

namespace upkeep::constraints {

Constraint make(const Json& constraint) {
  const NamedSettings named = layers::read_keras_form(constraint);
  return catalog().at(named.name).make(named.values);
}

}  // namespace upkeep::constraints
