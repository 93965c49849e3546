// Test support: gradients of a recurrent operator with kernels against finite differences of the standard operator.
#pragma once

#include "base/format.hpp"
#include "runtime/session.hpp"
#include "train/kernels/kernel_test.hpp"

namespace upkeep::kernels {

struct RecurrentCase {
  std::string direction;
  std::int64_t steps, batch, inputs, hidden;
  bool bias = true, state = false;
};

inline std::vector<RecurrentCase> recurrent_cases() {
  return {{"forward", 1, 2, 3, 4},       {"forward", 5, 3, 4, 7},        {"reverse", 4, 2, 3, 5},
          {"bidirectional", 4, 3, 2, 9}, {"forward", 3, 2, 4, 8, false}, {"bidirectional", 3, 2, 4, 5, true, true},
          {"forward", 30, 33, 20, 40}};
}

// x, w, r, b and `states` initial states.
inline std::vector<OptionalTensor> recurrent_inputs(const RecurrentCase& one, std::int64_t gates, std::size_t states) {
  const std::int64_t d = one.direction == "bidirectional" ? 2 : 1;
  std::vector<OptionalTensor> made = {numbers({one.steps, one.batch, one.inputs}), numbers({d, gates * one.hidden, one.inputs}, 2),
                                      numbers({d, gates * one.hidden, one.hidden}, 3, -0.3, 0.3), std::nullopt};
  if (one.bias) made[3] = numbers({d, 2 * gates * one.hidden}, 4);
  for (std::size_t i = 0; i < states; ++i)
    made.push_back(one.state ? OptionalTensor(numbers({d, one.batch, one.hidden}, 5 + i)) : std::nullopt);
  return made;
}

// The sum of r * output over all outputs, by the standard operator; or with kernels, and the gradients of all inputs.
inline Model recurrent_loss(const std::string& op, const std::vector<Attribute>& attributes, const std::vector<OptionalTensor>& inputs,
                            bool with_gradients) {
  Model model;
  Ops ops(model);
  std::vector<Value> values, variables;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (i == 4) values.emplace_back();  // lengths of sequences
    const Dims dims = inputs[i] ? Dims(inputs[i]->shape().begin(), inputs[i]->shape().end()) : Dims();
    values.push_back(inputs[i] ? ops.input(upkeep::format("x{}", i), DType::kFloat32, dims) : Value());
    if (values.back()) variables.push_back(values.back());
  }
  const std::vector<Value> made = ops.nodes(op, values, inputs.size() - 3, attributes);
  Value loss;
  for (std::size_t i = 0; i < made.size(); ++i) {
    Shape shape;
    for (const Dim& dim : made[i].dims()) shape.push_back(dim.value);
    const Value term = ops.reduce_sum(ops.mul(made[i], ops.constant(numbers(shape, 70 + i))), {});
    loss = loss ? ops.add(loss, term) : term;
  }
  if (with_gradients) {
    fuse(ops, {loss});
    const std::vector<Value> gradients = gradients::differentiate(ops, loss, variables, {}, gradients::Form::kKernels);
    for (std::size_t i = 0; i < gradients.size(); ++i) ops.output(gradients[i], "d" + variables[i].name());
  }
  ops.output(loss, "loss");
  return model;
}

// Central differences in float32: rounding of a sum of about 100 terms, divided by the step, and step^2 of the third derivative.
inline void expect_recurrent_gradients(const std::string& op, const std::vector<Attribute>& attributes,
                                       const std::vector<OptionalTensor>& inputs) {
  Tensors feeds;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i]) feeds.emplace(upkeep::format("x{}", i), *inputs[i]);
  const Session plain(recurrent_loss(op, attributes, inputs, false), {.threads = 1});
  const Model fused = recurrent_loss(op, attributes, inputs, true);
  const Tensors gradients = Session(fused, {.threads = 2, .kernels = &domain()}).run(feeds);
  Model expanded = fused;
  expand(expanded);
  const Tensors in_standard_operators = Session(expanded, {.threads = 1}).run(feeds);
  for (const auto& [name, gradient] : gradients) EXPECT_TRUE(near(gradient, in_standard_operators.at(name), 1e-5)) << name << ", expanded";
  for (const auto& [name, tensor] : feeds)
    for (std::int64_t k = 0; k < tensor.size(); ++k) {
      const auto loss_at = [&](float by) {
        std::vector<float> moved(tensor.floats().begin(), tensor.floats().end());
        moved[static_cast<std::size_t>(k)] += by;
        Tensors shifted = feeds;
        shifted[name] = Tensor(tensor.shape(), std::move(moved));
        return static_cast<double>(plain.run(shifted).at("loss").floats()[0]);
      };
      const double slope = (loss_at(0.01F) - loss_at(-0.01F)) / 0.02;
      EXPECT_NEAR(gradients.at("d" + name).floats()[static_cast<std::size_t>(k)], slope, 2e-3) << name << " at " << k;
    }
}

}  // namespace upkeep::kernels
