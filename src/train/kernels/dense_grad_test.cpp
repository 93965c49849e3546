#include "train/kernels/kernel_test.hpp"

namespace upkeep::kernels {
namespace {

struct DenseCase {
  std::int64_t rows, inputs, units;
};
const std::vector<DenseCase> kDenseCases = {{1, 1, 1}, {32, 10, 10}, {32, 10, 1}, {5, 3, 17}, {200, 60, 50}, {700, 128, 128}};

TEST(DenseGrad, MatchesItsExpansion) {
  for (const auto& [rows, inputs, units] : kDenseCases)
    for (const bool transposed : {false, true}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << inputs << " x " << units << (transposed ? ", transposed" : ""));
      const Shape weights = transposed ? Shape{units, inputs} : Shape{inputs, units};
      const std::vector<OptionalTensor> given = {numbers({rows, inputs}), numbers(weights, 2), numbers({rows, units}, 3)};
      KernelCase one{.attributes = {{"transB", std::int64_t{transposed}}}, .tolerance = 1e-5};
      EXPECT_KERNEL_MATCHES_EXPANSION("DenseGrad", given, one);
      one.wanted = {false, true, false};
      EXPECT_KERNEL_MATCHES_EXPANSION("DenseGrad", given, one);
    }
}

TEST(DenseGrad, IsTheGradientOfSmallGemms) {
  EXPECT_TRUE(gradient_uses_kernel("DenseGrad", "Gemm", {numbers({4, 3}), numbers({3, 5}, 2), numbers({5}, 3)}));
  EXPECT_TRUE(gradient_uses_kernel("DenseGrad", "Gemm", {numbers({4, 3}), numbers({3, 5}, 2)}));
  EXPECT_TRUE(gradient_uses_kernel("DenseGrad", "Gemm", {numbers({4, 3}), numbers({5, 3}, 2), numbers({5}, 3)},
                                   {.attributes = {{"transB", std::int64_t{1}}}}));
}

TEST(DenseGrad, LeavesOtherGemmsAlone) {
  const std::vector<OptionalTensor> large = {numbers({2, 300}), numbers({300, 100}, 2), numbers({100}, 3)};
  const std::vector<OptionalTensor> broadcast = {numbers({4, 3}), numbers({3, 5}, 2), numbers({4, 1}, 3)};
  EXPECT_FALSE(gradient_uses_kernel("DenseGrad", "Gemm", large));
  EXPECT_FALSE(gradient_uses_kernel("DenseGrad", "Gemm", broadcast));
  EXPECT_FALSE(gradient_uses_kernel("DenseGrad", "Gemm", {numbers({4, 3}), numbers({3, 5}, 2)}, {.attributes = {{"alpha", 0.5F}}}));
}

}  // namespace
}  // namespace upkeep::kernels
