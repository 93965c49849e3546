// The gradient of a model as a model of standard operators, which any ONNX runtime can run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

class Ops;

struct GradientModel {
  Model model;                                                 // the model's inputs and outputs, and those below
  std::string of;                                              // the value whose gradient it gives
  std::string incoming;                                        // the input for what arrives at it; empty where it is one number
  std::vector<std::pair<std::string, std::string>> gradients;  // value, the output with its gradient
  std::vector<std::string> notes;
};

// `of`: an output or any value inside; empty: the only float output. `with_respect_to`: inputs, weights or values inside; none: all float
// inputs. Throws Error: an unknown name, an operator on the way that has no gradient.
GradientModel gradient_model(const Model& model, const std::string& of, const std::vector<std::string>& with_respect_to);

// `wanted`, or with a number behind it where a value of the graph is called so: "y_grad_2".
std::string unused_name(const Ops& ops, const std::string& wanted);

}  // namespace upkeep
