// An inference as both protocols mean it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/session.hpp"
#include "serve/protocol/refusal.hpp"

namespace upkeep::serve {

struct RequestedOutput {
  std::string name;
  std::optional<bool> binary;  // not said: as the request does. HTTP only
  int classification = 0;      // the so many highest scores as "value:index[:class]"; 0: the tensor itself
};

struct InferRequest {
  std::string id;
  Tensors inputs;
  std::vector<RequestedOutput> outputs;  // in the order asked; empty: all
  bool binary = false;                   // where an output does not say
  std::uint64_t priority = 0;            // 1 is the highest; 0: behind all that have one
  std::chrono::microseconds timeout{0};  // of waiting for a run; 0: none
};

struct InferAnswer {
  std::string model, version;  // that answered
  std::string id;
  std::vector<std::pair<std::string, Tensor>> outputs;  // in the order to be sent; a sequence as "NAME.0", "NAME.1", ...
};

// The tensor's name, type and shape against what the model reads. The message of a refusal is for the caller.
Answer<void> check_input(const std::string& name, DType dtype, const Shape& shape, const std::vector<TensorSpec>& inputs);
// Every input is there and fits, every requested output exists and is asked for once.
Answer<void> check_request(const InferRequest& request, const std::vector<TensorSpec>& inputs, const std::vector<TensorSpec>& outputs);

}  // namespace upkeep::serve
