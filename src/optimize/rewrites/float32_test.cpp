#include <gmock/gmock.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

TEST(Float32, UndoesFloat16) {
  const Model before = three_layers();
  const Model half = rewritten("float16:io=float16", before);
  const Model after = rewritten("float32", half);
  EXPECT_EQ(after.graph.inputs[0].type.dtype, DType::kFloat32);
  for (const auto& [name, tensor] : after.graph.initializers) EXPECT_EQ(tensor.dtype(), DType::kFloat32) << name;
  expect_same_answers(before, after, 5e-3f);
  EXPECT_EQ(count_of(rewritten("float32", rewritten("float16", before)), "Cast"), 0U);
}

TEST(Float32, ReachesCastsConstantsAndSubgraphs) {
  const Model after = rewritten("float32", R"(<ir_version: 10, opset_import: ["" : 21]> g (int64[2] x, bool c) => (float16[2] y) {
    a = Cast <to = 10> (x)
    y = If (c) <then_branch = t () => (float16[2] p) { h = Cast <to = 10> (x) p = Relu (h) }, else_branch = e () => (float16[2] q) { q = Abs (a) }>
  })");
  const Tensors made = Session(after).run({{"x", Tensor({2}, std::vector<std::int64_t>{-3, 4})}, {"c", Tensor::scalar(true)}});
  EXPECT_EQ(made.at("y"), Tensor({2}, std::vector<float>{0, 4}));
}

TEST(Float32, LeavesFloat32Alone) {
  expect_unchanged("float32", R"(<ir_version: 10, opset_import: ["" : 21]> g (float[2] x) => (double[2] y) { y = Cast <to = 11> (x) })");
}

}  // namespace upkeep
