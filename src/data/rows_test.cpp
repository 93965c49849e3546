#include "data/rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;

TEST(TakeRows, GathersRowsOfEveryRankInTheGivenOrder) {
  const Tensor matrix(Shape{3, 2}, std::vector<double>{0, 1, 10, 11, 20, 21});
  const Tensor taken = take_rows(matrix, std::vector<std::int64_t>{2, 0, 0, 1, 2});
  EXPECT_EQ(taken.shape(), (Shape{5, 2}));
  EXPECT_THAT(taken.data<double>(), ElementsAre(20, 21, 0, 1, 0, 1, 10, 11, 20, 21));
}

TEST(TakeRows, GathersStringsAndBooleans) {
  EXPECT_THAT(take_rows(Tensor(Shape{3}, std::vector<std::string>{"a", "b", "c"}), std::vector<std::int64_t>{2, 1}).strings(),
              ElementsAre("c", "b"));
  EXPECT_THAT(take_rows(Tensor(Shape{3}, std::vector<bool>{true, false, false}), std::vector<std::int64_t>{1, 0}).data<bool>(),
              ElementsAre(false, true));
}

TEST(TakeRows, RefusesAnIndexOutsideAndFourBitRows) {
  const Tensor column(Shape{3}, std::vector<float>{1, 2, 3});
  EXPECT_THROW(take_rows(column, std::vector<std::int64_t>{0, 3}), Error);
  EXPECT_THROW(take_rows(column, std::vector<std::int64_t>{-1}), Error);
  EXPECT_THROW(take_rows(column, std::vector<std::int64_t>{1, 2, 3}), Error) << "the end of a run of neighbours";
  const std::byte packed[2] = {};
  EXPECT_THROW(take_rows(Tensor::from_bytes(DType::kInt4, {3}, packed), std::vector<std::int64_t>{0}), Error);
}

TEST(TakeRows, OfNothingIsNothing) {
  EXPECT_EQ(take_rows(Tensor(Shape{0, 3}, std::vector<float>{}), {}).shape(), (Shape{0, 3}));
  EXPECT_EQ(take_rows(Tensor(Shape{2, 0}, std::vector<float>{}), std::vector<std::int64_t>{1, 1, 0}).shape(), (Shape{3, 0}));
}

TEST(ConcatenateRows, JoinsEqualTypesAndWidensMixedNumbers) {
  const Tensor a(Shape{2}, std::vector<std::int64_t>{1, 2});
  const Tensor b(Shape{1}, std::vector<std::int64_t>{3});
  const Tensor c(Shape{1}, std::vector<float>{0.5F});
  EXPECT_THAT(concatenate_rows({a, b}).data<std::int64_t>(), ElementsAre(1, 2, 3));
  EXPECT_THAT(concatenate_rows({a, c}).data<double>(), ElementsAre(1, 2, 0.5));
  const Tensor small(Shape{1}, std::vector<std::int32_t>{-1});
  const Tensor id(Shape{1}, std::vector<std::int64_t>{9007199254740993});
  EXPECT_THAT(concatenate_rows({small, id}).data<std::int64_t>(), ElementsAre(-1, 9007199254740993));
}

TEST(ConcatenateRows, RefusesRowsThatDiffer) {
  const Tensor number(Shape{1}, std::vector<float>{1});
  EXPECT_THROW(concatenate_rows({number, Tensor(Shape{1}, std::vector<std::string>{"x"})}), Error);
  EXPECT_THROW(concatenate_rows({number, Tensor(Shape{1, 1}, std::vector<float>{1})}), Error);
  EXPECT_THROW(concatenate_rows({}), Error);
}

}  // namespace
}  // namespace upkeep
