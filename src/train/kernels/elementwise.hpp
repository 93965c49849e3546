// Kernels of the form z[i] = f(x[i], y[i]) over two float32 inputs of equal shape.
#pragma once

#include "train/kernels/kernel.hpp"

namespace upkeep::kernels {

inline constexpr std::int64_t kElementGrain = 16 << 10;  // elements below which a second thread costs more than it brings

template <typename F>
class Elementwise : public Kernel {
 public:
  explicit Elementwise(F f) : f_(f) {}
  void run(KernelContext& context) override {
    const Shape shape = context.shape(0);
    const float* x = context.input<float>(0);
    const float* y = context.input<float>(1);
    float* z = context.output<float>(0, shape);
    if (!z) return;
    context.parallel_for(element_count(shape), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) z[i] = f_(x[i], y[i]);
    });
  }

 private:
  F f_;
};

template <typename F>
std::unique_ptr<Kernel> elementwise(F f) {
  return std::make_unique<Elementwise<F>>(f);
}

}  // namespace upkeep::kernels
