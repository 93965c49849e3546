// The gradient of a subject's answer by its inputs, as a session of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "explain/subject.hpp"

namespace upkeep::explain {

// Thread-safe.
class Gradients {
 public:
  // Of the subject's output by all its inputs, and by `inner`: values inside (of layers). Whole numbers and texts have no gradient: where
  // an input is looked up (Gather, OneHot) or turned into floats (Cast), the gradient by what that gives stands for it; masks that are made
  // of it stay those of the row. Throws Error{kUnsupported}: operators without a gradient, an input that has none.
  Gradients(const Model& model, const Subject& subject, const std::vector<std::string>& inner = {});
  ~Gradients();

  // What has gradients: an input of floats itself, or the value that it is looked up as.
  struct Carrier {
    std::string input;
    std::string value;
  };
  const std::vector<Carrier>& carriers() const;
  const std::vector<std::string>& notes() const;  // where a part of the gradient stops
  bool reads(const std::string& name) const;      // a row needs this input or looked-up value

  // The rows with the values that their inputs are looked up as, under the names of the carriers.
  Tensors looked_up(const Tensors& rows) const;

  struct Answer {
    std::vector<double> answers;  // [N], of the element, on the subject's scale
    Tensors gradients;            // by value of a carrier, or inner value: float32 [N, ...], d answers[row] / d value[row, ...]
    Tensors values;               // of the inner values, float32 [N, ...]
  };
  // Rows as Subject::answers() takes them, looked up or not; each counts as one evaluation. In batches of the subject's batch_rows.
  Answer at(const Tensors& rows, std::int64_t element) const;
  // Elements by row, as many as rows.
  Answer at(const Tensors& rows, const std::vector<std::int64_t>& elements) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::explain
