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

// numpy.tensordot, dot, inner and outer
TEST(Linear, SumsOverTheAxesThatAreNamed) {
  const Tensor a = floats({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const Tensor b = floats({3, 2}, {1, 0, 2, 1, 0, 3});
  const auto dotted = [&](const std::string& function, const std::string& more) {
    return call(function, R"({"x1": {"input": 0}, "x2": {"input": 1})" + more + "}", {a, b})[0];
  };
  EXPECT_THAT(numbers(dotted("tensordot", R"(, "axes": 1)")), ElementsAre(5, 11, 14, 23, 23, 35, 32, 47));
  EXPECT_THAT(numbers(dotted("tensordot", R"(, "axes": [[-1], [0]])")), ElementsAre(5, 11, 14, 23, 23, 35, 32, 47));
  EXPECT_EQ(dotted("tensordot", R"(, "axes": [1, 1])").shape(), (Shape{2, 3, 3}));
  EXPECT_THAT(numbers(dotted("tensordot", R"(, "axes": [[2, 1], [0, 1]])")), ElementsAre(5 + 23, 23 + 47));
  EXPECT_THAT(numbers(dotted("dot", "")), ElementsAre(5, 11, 14, 23, 23, 35, 32, 47));
  EXPECT_THAT(message_of([&] { dotted("tensordot", R"(, "axes": 3)"); }), testing::HasSubstr("3 axes of 3 and 2"));
  const Tensor c = floats({1, 3}, {1, 2, 3}), d = floats({2, 3}, {0, 1, 0, 1, 1, 1});
  EXPECT_THAT(numbers(call("inner", R"({"x1": {"input": 0}, "x2": {"input": 1}})", {c, d})[0]), ElementsAre(2, 6));
  EXPECT_THAT(numbers(call("outer", R"({"x1": {"input": 0}, "x2": {"input": 1}})", {c, floats({1, 2}, {1, -1})})[0]),
              ElementsAre(1, -1, 2, -2, 3, -3));
}

}  // namespace
}  // namespace upkeep::operations
