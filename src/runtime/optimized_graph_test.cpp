#include "runtime/optimized_graph.hpp"

#include <gtest/gtest.h>

#include "graph/onnx.hpp"

namespace upkeep {

TEST(OptimizedGraph, ShowsWhatIsFusedAndFolded) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x) => (float[N,3] y)
    <float[2,3] w = {1,2,3,4,5,6}, float[3] b = {1,1,1}> {
      product = MatMul(x, w)
      y = Add(product, b)
    })");
  const Model seen = optimized_by_runtime(model);
  ASSERT_EQ(seen.graph.nodes.size(), 1U);
  EXPECT_EQ(seen.graph.nodes[0].op, "Gemm");
}

}  // namespace upkeep
