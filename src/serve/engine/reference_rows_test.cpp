#include "serve/engine/reference_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

using testing::ElementsAre;

Table table() {
  Table made;
  made.add("age", Tensor({3}, std::vector<double>{1, 2, 3}));
  made.add("city", Tensor({3}, std::vector<std::string>{"a", "b", "c"}));
  made.add("size", Tensor({3}, std::vector<std::int64_t>{4, 5, 6}));
  return made;
}

const Signature kSignature{.inputs = {{.name = "x", .features = {{.column = "size"}, {.column = "age"}}},
                                      {.name = "city", .features = {{.column = "city", .kind = FeatureKind::kCategory}}}}};
const TensorSpec kNumbers{.name = "x", .dtype = DType::kFloat32, .dims = {"n", 2}};
const TensorSpec kTexts{.name = "city", .dtype = DType::kString, .dims = {"n", 1}};

TEST(ReferenceRows, AreWhatTheModelReads) {
  const auto rows = reference_rows(table(), {kNumbers, kTexts}, kSignature, 2);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->at("x").shape(), (Shape{2, 2}));
  EXPECT_THAT(rows->at("x").floats(), ElementsAre(4, 1, 5, 2));
  EXPECT_THAT(rows->at("city").strings(), ElementsAre("a", "b"));
  EXPECT_EQ(
      reference_rows(table(), {kNumbers, {.name = "city", .dtype = DType::kString, .dims = {"n"}}}, kSignature, 9)->at("city").shape(),
      (Shape{3}));
}

TEST(ReferenceRows, AreNoneWhereTheTableDoesNotFit) {
  EXPECT_FALSE(reference_rows(table(), {{.name = "x", .dtype = DType::kFloat32, .dims = {"n", 3}}}, kSignature, 2));
  EXPECT_FALSE(reference_rows(table(), {{.name = "other", .dtype = DType::kFloat32, .dims = {"n", 2}}}, kSignature, 2));
  EXPECT_FALSE(reference_rows(Table(), {kNumbers}, kSignature, 2));
  EXPECT_FALSE(reference_rows(table(), {{.name = "x", .dtype = DType::kFloat32, .dims = {"n", "steps", 2}}}, kSignature, 2));
}

}  // namespace
}  // namespace upkeep::serve
