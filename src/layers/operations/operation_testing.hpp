// What a function answers: a model of one "operation" layer.
#pragma once

#include "layers/operations/operation.hpp"
#include "layers/testing.hpp"

namespace upkeep::operations {

// `arguments` as JSON; {"input": 0} is the first of `inputs`, whose first axis is the batch.
inline std::vector<Tensor> call(const std::string& function, const std::string& arguments, const std::vector<Tensor>& inputs) {
  Architecture net;
  Tensors given;
  LayerSpec operation{.kind = "operation", .name = "f", .settings = {{"function", function}, {"arguments", parse_json(arguments)}}};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = "x" + std::to_string(i);
    const Shape& shape = inputs[i].shape();
    net.layers.push_back({.kind = "input",
                          .name = name,
                          .settings = {{"shape", Shape(shape.begin() + 1, shape.end())}, {"dtype", to_string(inputs[i].dtype())}}});
    given.emplace(name, inputs[i]);
    operation.inputs.push_back(name);
  }
  net.layers.push_back(operation);
  Model scratch;
  Ops ops(scratch);
  std::vector<Value> values;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values.push_back(ops.input("x" + std::to_string(i), inputs[i].dtype(), Dims(inputs[i].shape().begin(), inputs[i].shape().end())));
  const std::size_t outputs = catalog().at(function).build(Call(ops, values, operation.settings["arguments"])).size();
  for (std::size_t i = 0; i < outputs; ++i) net.outputs.push_back(i == 0 ? "f" : "f:" + std::to_string(i));
  const Model model = build_model(net, {});
  verify(model);
  const Tensors answers = Session(model, {.threads = 1}).run(given);
  std::vector<Tensor> in_order;
  for (const std::string& output : net.outputs) in_order.push_back(answers.at(output));
  return in_order;
}

inline std::vector<float> numbers(const Tensor& tensor) { return layers::values(tensor.cast(DType::kFloat32)); }

inline Tensor floats(const Shape& shape, std::vector<float> values) { return Tensor(shape, std::move(values)); }

}  // namespace upkeep::operations
