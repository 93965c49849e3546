#include "log/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Feature> features(const std::vector<std::string>& columns) {
  std::vector<Feature> made;
  for (const std::string& column : columns) made.push_back({.column = column, .categories = {}});
  return made;
}

InputSignature input(const std::string& name, std::vector<std::int64_t> dims, const std::vector<std::string>& columns = {},
                     DType dtype = DType::kFloat32) {
  return {.name = name, .dtype = dtype, .dims = std::move(dims), .features = features(columns)};
}

OutputSignature output(const std::string& name, std::vector<std::int64_t> dims, DType dtype = DType::kFloat32) {
  return {.name = name, .dtype = dtype, .dims = std::move(dims), .classes = {}, .targets = {}};
}

std::vector<std::string> names(const Signature& signature) {
  std::vector<std::string> all;
  for (const LogColumn& column : log_columns(signature)) all.push_back(column.name);
  return all;
}

TEST(LogColumns, AreFeaturesElementsAndOutputs) {
  const Signature signature{.inputs = {input("x", {-1, 2}, {"age", "size"}), input("z", {-1, 2, 2}), input("k", {})},
                            .outputs = {output("y", {-1, 2}), output("label", {-1}, DType::kInt64)}};
  EXPECT_THAT(names(signature),
              ElementsAre("in.age", "in.size", "in.z.0", "in.z.1", "in.z.2", "in.z.3", "in.k.0", "out.y.0", "out.y.1", "out.label.0"));
  const std::vector<LogColumn> columns = log_columns(signature);
  EXPECT_EQ(columns[1], (LogColumn{.name = "in.size", .dtype = DType::kFloat32, .tensor = "x", .element = 1, .feature = 1}));
  EXPECT_EQ(columns.back().dtype, DType::kInt64);
}

TEST(LogColumns, NameTheInputWhereTwoHaveAColumnOfOneName) {
  EXPECT_THAT(names({.inputs = {input("left", {-1, 2}, {"age", "city"}), input("right", {-1, 2}, {"age", "shop"})}, .outputs = {}}),
              ElementsAre("in.left.age", "in.city", "in.right.age", "in.shop"));
  EXPECT_THAT(names({.inputs = {input("x", {-1, 2}, {"a", "a"})}, .outputs = {}}), ElementsAre("in.x.0", "in.x.1"));
  EXPECT_THAT(names({.inputs = {input("x", {-1, 1}, {"y.0"}), input("y", {-1, 1})}, .outputs = {}}), ElementsAre("in.x.y.0", "in.y.0"));
}

TEST(LogColumns, OfWideTensorsAreStatistics) {
  EXPECT_THAT(names({.inputs = {input("image", {-1, 32, 33})}, .outputs = {output("wide", {-1, 1024})}}), testing::SizeIs(5 + 1024));
  EXPECT_THAT(names({.inputs = {input("image", {-1, 32, 33})}, .outputs = {}}),
              ElementsAre("in.image.min", "in.image.max", "in.image.mean", "in.image.std", "in.image.missing"));
  EXPECT_THAT(names({.inputs = {input("texts", {-1, 2000}, {}, DType::kString)}, .outputs = {}}), IsEmpty());
}

TEST(LogColumns, CountFromTheRowsAxis) {
  EXPECT_THAT(names({.inputs = {input("x", {8, 2})}, .outputs = {output("y", {8, 1}), output("mean", {3})}}),
              ElementsAre("in.x.0", "in.x.1", "out.y.0", "out.mean.0", "out.mean.1", "out.mean.2"));
  EXPECT_THAT(names({.inputs = {input("steps", {-1, -1, 4})}, .outputs = {}}), IsEmpty());
  EXPECT_THAT(names({.inputs = {input("huge", {-1, 1LL << 40, 1LL << 40})}, .outputs = {}}), IsEmpty());
}

TEST(LogColumns, WidenNarrowFloatsOnly) {
  EXPECT_EQ(logged_type(DType::kFloat16), DType::kFloat32);
  for (const DType dtype : {DType::kFloat64, DType::kInt32, DType::kUInt64, DType::kBool, DType::kString})
    EXPECT_EQ(logged_type(dtype), dtype);
}

}  // namespace
}  // namespace upkeep
