#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using testing::ElementsAre;

const Tensor kCount = floats({1, 2, 3}, {1, 2, 3, 4, 5, 6});

TEST(ShapeOperation, MovesAxes) {
  EXPECT_EQ(call("reshape", R"({"x": {"input": 0}, "newshape": [null, 3, 2]})", {kCount})[0].shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(numbers(call("transpose", R"({"x": {"input": 0}, "axes": [0, 2, 1]})", {kCount})[0]), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_EQ(call("transpose", R"({"x": {"input": 0}})", {kCount})[0].shape(), (Shape{3, 2, 1}));
  EXPECT_THAT(numbers(call("swapaxes", R"({"x": {"input": 0}, "axis1": 1, "axis2": -1})", {kCount})[0]), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(numbers(call("moveaxis", R"({"x": {"input": 0}, "source": 2, "destination": 1})", {kCount})[0]),
              ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_EQ(call("expand_dims", R"({"x": {"input": 0}, "axis": 1})", {kCount})[0].shape(), (Shape{1, 1, 2, 3}));
  EXPECT_EQ(call("squeeze", R"({"x": {"input": 0}, "axis": 1})", {floats({2, 1}, {1, 2})})[0].shape(), (Shape{2}));
}

TEST(ShapeOperation, RepeatsAndPads) {
  EXPECT_THAT(numbers(call("flip", R"({"x": {"input": 0}, "axis": [1, 2]})", {kCount})[0]), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(numbers(call("tile", R"({"x": {"input": 0}, "repeats": [2]})", {floats({1, 2}, {1, 2})})[0]), ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(numbers(call("repeat", R"({"x": {"input": 0}, "repeats": 2, "axis": 1})", {floats({1, 2}, {1, 2})})[0]),
              ElementsAre(1, 1, 2, 2));
  EXPECT_THAT(numbers(call("broadcast_to", R"({"x": {"input": 0}, "shape": [null, 2, 2]})", {floats({1, 1, 2}, {1, 2})})[0]),
              ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(
      numbers(call("pad", R"({"x": {"input": 0}, "pad_width": [[0, 0], [1, 2]], "constant_values": 7})", {floats({1, 2}, {1, 2})})[0]),
      ElementsAre(7, 1, 2, 7, 7));
  EXPECT_THAT(message_of([] { call("reshape", R"({"x": {"input": 0}, "newshape": [-1, -1]})", {kCount}); }),
              testing::HasSubstr("more than one size"));
}

// numpy.roll, tril and triu
TEST(ShapeOperation, RollsAndCutsTriangles) {
  const auto rolled = [](const std::string& how) { return numbers(call("roll", R"({"x": {"input": 0}, )" + how + "}", {kCount})[0]); };
  EXPECT_THAT(rolled(R"("shift": 1, "axis": 2)"), ElementsAre(3, 1, 2, 6, 4, 5));
  EXPECT_THAT(rolled(R"("shift": -4, "axis": -1)"), ElementsAre(2, 3, 1, 5, 6, 4));
  EXPECT_THAT(rolled(R"("shift": [1, 2], "axis": [1, 2])"), ElementsAre(5, 6, 4, 2, 3, 1));
  EXPECT_THAT(rolled(R"("shift": 2)"), ElementsAre(5, 6, 1, 2, 3, 4));
  EXPECT_THAT(numbers(call("tril", R"({"x": {"input": 0}})", {kCount})[0]), ElementsAre(1, 0, 0, 4, 5, 0));
  EXPECT_THAT(numbers(call("triu", R"({"x": {"input": 0}, "k": 1})", {kCount})[0]), ElementsAre(0, 2, 3, 0, 0, 6));
  EXPECT_EQ(call("ravel", R"({"x": {"input": 0}})", {kCount})[0].shape(), (Shape{6}));
}

}  // namespace
}  // namespace upkeep::operations
