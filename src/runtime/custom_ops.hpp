// A KernelDomain as ONNX Runtime's custom operators.
#pragma once

#include <deque>

#include "runtime/kernel.hpp"
#include "runtime/ort.hpp"

namespace upkeep::runtime {

class CustomOps {
 public:
  // `domain` must outlive this, and this the session.
  CustomOps(const KernelDomain& domain, int threads);
  OrtCustomOpDomain* domain() { return domain_; }

 private:
  struct Op;
  std::deque<std::shared_ptr<Op>> ops_;
  Ort::CustomOpDomain domain_;
};

}  // namespace upkeep::runtime
