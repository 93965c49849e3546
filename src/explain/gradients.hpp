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
  // Of the subject's output by all its float inputs, and by `inner`: values inside (of layers). Throws Error{kUnsupported}: operators
  // without a gradient, no float input.
  Gradients(const Model& model, const Subject& subject, const std::vector<std::string>& inner = {});
  ~Gradients();

  struct Answer {
    std::vector<double> answers;  // [N], of the element, on the subject's scale
    Tensors gradients;            // by input (or inner value): float32 [N, ...], d answers[row] / d value[row, ...]
    Tensors values;               // of the inner values, [N, ...]
  };
  // Rows as Subject::answers() takes them; each counts as one evaluation. In batches of the subject's batch_rows.
  Answer at(const Tensors& rows, std::int64_t element) const;
  // Elements by row, as many as rows.
  Answer at(const Tensors& rows, const std::vector<std::int64_t>& elements) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::explain
