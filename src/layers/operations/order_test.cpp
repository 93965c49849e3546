#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using testing::ElementsAre;

const Tensor kUnsorted = floats({2, 4}, {3, 1, 2, 1, -1, 5, 0, 5});
const Tensor kUnsortedCube = floats({2, 2, 3}, {1, 2, 3, 4, 5, 9, 6, 5, 4, 3, 2, 1});

TEST(Order, SortsAlongAnAxis) {
  EXPECT_THAT(numbers(call("sort", R"({"x": {"input": 0}, "axis": -1})", {kUnsorted})[0]), ElementsAre(1, 1, 2, 3, -1, 0, 5, 5));
  EXPECT_THAT(numbers(call("sort", R"({"x": {"input": 0}, "axis": 1})", {kUnsortedCube})[0]),
              ElementsAre(1, 2, 3, 4, 5, 9, 3, 2, 1, 6, 5, 4));
  EXPECT_THAT(numbers(call("sort", R"({"x": {"input": 0}})", {kUnsorted})[0]), ElementsAre(-1, 0, 1, 1, 2, 3, 5, 5));
}

TEST(Order, OfEqualOnesTheFirstStaysFirst) {
  const Tensor places = call("argsort", R"({"x": {"input": 0}, "axis": -1})", {kUnsorted})[0];
  EXPECT_EQ(places.dtype(), DType::kInt32);
  EXPECT_THAT(numbers(places), ElementsAre(1, 3, 2, 0, 0, 2, 1, 3));
}

TEST(Order, GivesTheLargestAndTheirPlaces) {
  const std::vector<Tensor> largest = call("top_k", R"({"x": {"input": 0}, "k": 2})", {kUnsorted});
  EXPECT_THAT(numbers(largest[0]), ElementsAre(3, 2, 5, 5));
  EXPECT_THAT(numbers(largest[1]), ElementsAre(0, 2, 1, 3));
}

// numpy.median
TEST(Order, KnowsTheMiddle) {
  EXPECT_THAT(numbers(call("median", R"({"x": {"input": 0}, "axis": 1})", {kUnsorted})[0]), ElementsAre(1.5F, 2.5F));
  EXPECT_THAT(numbers(call("median", R"({"x": {"input": 0}, "axis": -1})", {kUnsortedCube})[0]), ElementsAre(2, 5, 5, 2));
  EXPECT_THAT(numbers(call("median", R"({"x": {"input": 0}, "axis": [1, 2]})", {kUnsortedCube})[0]), ElementsAre(3.5F, 3.5F));
  EXPECT_THAT(numbers(call("median", R"({"x": {"input": 0}})", {kUnsortedCube})[0]), ElementsAre(3.5F));
  EXPECT_EQ(call("median", R"({"x": {"input": 0}, "axis": 1, "keepdims": true})", {kUnsortedCube})[0].shape(), (Shape{2, 1, 3}));
}

TEST(Order, SumsUpAndTakesApart) {
  EXPECT_THAT(numbers(call("cumsum", R"({"x": {"input": 0}, "axis": 1})", {kUnsorted})[0]), ElementsAre(3, 4, 6, 7, -1, 4, 4, 9));
  EXPECT_THAT(numbers(call("cumsum", R"({"x": {"input": 0}})", {kUnsorted})[0]), ElementsAre(3, 4, 6, 7, 6, 11, 11, 16));
  EXPECT_THAT(numbers(call("diff", R"({"a": {"input": 0}})", {kUnsorted})[0]), ElementsAre(-2, 1, -1, 6, -5, 5));
  EXPECT_THAT(numbers(call("diff", R"({"a": {"input": 0}, "n": 2, "axis": 1})", {kUnsorted})[0]), ElementsAre(3, -2, -11, 10));
}

TEST(Order, NaNIsTheLargestAndHasNoMiddle) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = floats({2, 3}, {nan, 2, 1, 3, 1, 2});
  const std::vector<float> sorted = numbers(call("sort", R"({"x": {"input": 0}, "axis": 1})", {x})[0]);
  EXPECT_THAT(std::vector(sorted.begin(), sorted.begin() + 2), ElementsAre(1, 2));
  EXPECT_TRUE(std::isnan(sorted[2]));
  const std::vector<float> middle = numbers(call("median", R"({"x": {"input": 0}, "axis": 1})", {x})[0]);
  EXPECT_TRUE(std::isnan(middle[0]));
  EXPECT_EQ(middle[1], 2);
}

}  // namespace
}  // namespace upkeep::operations
