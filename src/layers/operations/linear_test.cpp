#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using testing::ElementsAre;

TEST(Linear, MultipliesMatrices) {
  const Tensor a = floats({1, 2, 2}, {1, 2, 3, 4});
  const Tensor b = floats({1, 2, 2}, {0, 1, 1, 0});
  EXPECT_THAT(numbers(call("matmul", R"({"x1": {"input": 0}, "x2": {"input": 1}})", {a, b})[0]), ElementsAre(2, 1, 4, 3));
  EXPECT_THAT(numbers(call("matmul", R"({"x1": {"input": 0}, "x2": {"input": 1}, "transpose_a": true})", {a, b})[0]),
              ElementsAre(3, 1, 4, 2));
  EXPECT_THAT(numbers(call("einsum", R"({"subscripts": "abc,acd->abd", "operands": [{"input": 0}, {"input": 1}]})", {a, b})[0]),
              ElementsAre(2, 1, 4, 3));
}

}  // namespace
}  // namespace upkeep::operations
