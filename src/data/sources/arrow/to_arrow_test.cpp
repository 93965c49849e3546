#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "data/sources/arrow/columns.hpp"

namespace upkeep::sources {
namespace {

TEST(ToArrow, SharesTheMemoryOfNumbers) {
  const Tensor values(Shape{3}, std::vector<float>{1, 2, 3});
  Table table;
  table.add("x", values);
  const auto columns = to_arrow(table, {});
  EXPECT_EQ(static_cast<const void*>(columns->column(0)->chunk(0)->data()->buffers[1]->data()),
            static_cast<const void*>(values.floats().data()));
  check(columns->ValidateFull());
}

TEST(ToArrow, MarksNanAsMissingWhereThatIsAskedFor) {
  Table table;
  std::vector<double> values(11, 1.0);
  values[9] = std::numeric_limits<double>::quiet_NaN();
  table.add("x", Tensor(Shape{11}, std::move(values)));
  EXPECT_EQ(to_arrow(table, {})->column(0)->null_count(), 0);
  const auto marked = to_arrow(table, {.nan_is_null = true});
  check(marked->ValidateFull());
  EXPECT_EQ(marked->column(0)->null_count(), 1);
  EXPECT_TRUE(marked->column(0)->chunk(0)->IsNull(9));
}

TEST(ToArrow, MakesNestedListsOfHigherRanks) {
  Table table;
  table.add("x", Tensor(Shape{2, 3, 4}, std::vector<std::int16_t>(24)));
  table.add("s", Tensor(Shape{2, 1}, std::vector<std::string>{"a", "b"}));
  const auto columns = to_arrow(table, {});
  check(columns->ValidateFull());
  EXPECT_EQ(columns->schema()->field(0)->type()->ToString(), "fixed_size_list<item: fixed_size_list<item: int16>[4]>[3]");
  EXPECT_EQ(columns->num_rows(), 2);
  EXPECT_THROW(to_arrow(table, {.flat = true}), Error);
}

}  // namespace
}  // namespace upkeep::sources
