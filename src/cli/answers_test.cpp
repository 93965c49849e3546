#include "cli/answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error_testing.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Answers, KeepElementTypesInEveryForm) {
  const Table table = answers_table({{"a", Tensor({2, 1}, std::vector<std::int64_t>{9007199254740993, -1})},
                                     {"b", Tensor({2, 2}, std::vector<double>{0.1, 123456789.123, 1e-320, 2})},
                                     {"c", Tensor({2}, std::vector<bool>{true, false})},
                                     {"d", Tensor({2}, std::vector<float>{0.1F, std::numeric_limits<float>::infinity()})},
                                     {"e", Tensor({2}, std::vector<std::string>{"x, y", "\xFF"})}},
                                    false);
  EXPECT_EQ(table.column("a").dtype(), DType::kInt64);
  EXPECT_EQ(table.column("b.1").dtype(), DType::kFloat64);
  EXPECT_EQ(table.column("c").dtype(), DType::kBool);
  EXPECT_EQ(csv_text(table), "a,b.0,b.1,c,d,e\n9007199254740993,0.1,123456789.123,1,0.1,\"x, y\"\n-1,1e-320,2,0,inf,\xFF");
  const Json json = to_json(table);
  EXPECT_EQ(json["a"][0].get<std::int64_t>(), 9007199254740993);
  EXPECT_EQ(json["b.1"][0].get<double>(), 123456789.123);
  EXPECT_TRUE(json["d"][1].is_null());
}

TEST(Answers, KeepTheShapeOfArraysWhereTheFileHoldsThem) {
  const Tensors outputs = {{"y", Tensor({2, 2, 1}, std::vector<float>{1, 2, 3, 4})}};
  EXPECT_EQ(answers_table(outputs, true).column("y").shape(), (Shape{2, 2, 1}));
  EXPECT_THAT(answers_table(outputs, false).names(), ElementsAre("y.0", "y.1"));
}

TEST(Answers, WithoutCommonRowsAreArrays) {
  const Table table =
      answers_table({{"y", Tensor({1, 1}, std::vector<float>{1})}, {"state", Tensor({2, 1}, std::vector<float>{3, 4})}}, false);
  ASSERT_NE(table.whole("state"), nullptr);
  EXPECT_THAT(message_of([&] { csv_text(table); }), HasSubstr("--output FILE.npz"));
  EXPECT_EQ(to_json(table)["state"].size(), 2U);
}

}  // namespace upkeep
