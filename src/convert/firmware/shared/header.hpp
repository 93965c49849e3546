// A model as one C++20 header: weights as constants, operators as loops, and nothing but the standard library. For devices and programs
// that carry no runtime: no heap, no exceptions, no threads, no files.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep::firmware {

// An input or output of the model, as the header's users see it.
struct Port {
  std::string name;        // the model's
  std::string identifier;  // in C++
  DType dtype = DType::kFloat32;
  Shape shape;  // of one row: batch 1
};

struct Interface {
  std::string space;  // the namespace, after the model's name
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  // predict(input, output); otherwise predict(Inputs, Outputs).
  bool is_plain() const { return inputs.size() == 1 && outputs.size() == 1; }
};
// Throws as header_of() does.
Interface interface_of(const Model& model);
Interface interface_of_prepared(const Model& prepared);  // of prepare.hpp's form

// The header's text. Throws Error{kUnsupported} naming all operators that cannot be written, or the place.
std::string header_of(const Model& model);

}  // namespace upkeep::firmware
