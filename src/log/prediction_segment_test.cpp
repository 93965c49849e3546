#include "log/prediction_segment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.hpp"

namespace upkeep::logs {
namespace {

using testing::ElementsAre;
using testing::IsNan;

PredictionRecord record(std::int64_t version, Tensors inputs, Tensors outputs, std::vector<std::string> features = {}) {
  return {.request_id = upkeep::format("r{}", version),
          .time = TimePoint(std::chrono::microseconds(version)),
          .model = "m",
          .version = version,
          .inputs = std::move(inputs),
          .outputs = std::move(outputs),
          .feature_names = std::move(features)};
}

Table table_of(std::vector<PredictionRecord> records) {
  PredictionSegment segment;
  for (PredictionRecord& one : records) {
    EXPECT_TRUE(segment.fits(one));
    segment.add(std::move(one));
  }
  return segment.finish();
}

TEST(PredictionSegment, GivesEachRowOfABatchItsOwnRow) {
  const Table table =
      table_of({record(1, {{"x", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4})}}, {{"y", Tensor({2}, std::vector<std::int64_t>{5, 6})}})});
  EXPECT_THAT(table.names(),
              ElementsAre("request_id", "row", "time", "model", "version", "latency_us", "error", "in.x.0", "in.x.1", "out.y.0"));
  EXPECT_THAT(table.column("request_id").strings(), ElementsAre("r1", "r1"));
  EXPECT_THAT(table.column("row").data<std::int32_t>(), ElementsAre(0, 1));
  EXPECT_THAT(table.column("in.x.1").floats(), ElementsAre(2, 4));
  EXPECT_THAT(table.column("out.y.0").data<std::int64_t>(), ElementsAre(5, 6));
}

TEST(PredictionSegment, NamesColumnsByFeaturesWhereTheyFit) {
  EXPECT_TRUE(table_of({record(1, {{"x", Tensor({1, 2}, std::vector<float>{1, 2})}}, {}, {"age", "size"})}).has("in.age"));
  EXPECT_TRUE(table_of({record(1, {{"x", Tensor({1, 2}, std::vector<float>{1, 2})}}, {}, {"age"})}).has("in.x.0"));
}

TEST(PredictionSegment, RepeatsWhatIsNotPerRow) {
  const Table table = table_of({record(1, {{"a", Tensor({2}, std::vector<float>{1, 2})}, {"b", Tensor::scalar<float>(7)}},
                                       {{"y", Tensor({3}, std::vector<float>{4, 5, 6})}})});
  EXPECT_THAT(table.column("in.b.0").floats(), ElementsAre(7, 7));
  EXPECT_THAT(table.column("out.y.2").floats(), ElementsAre(6, 6));
}

TEST(PredictionSegment, WhatARecordLacksIsMissing) {
  PredictionRecord failed = record(1, {}, {});
  failed.error = "bad input";
  const Table table =
      table_of({failed, record(1, {{"x", Tensor({1}, std::vector<float>{1})}}, {{"y", Tensor({1}, std::vector<std::int64_t>{2})}}),
                record(2, {{"z", Tensor({1}, std::vector<std::string>{"t"})}}, {}), failed});
  EXPECT_THAT(table.column("in.x.0").floats(), ElementsAre(IsNan(), 1, IsNan(), IsNan()));
  EXPECT_THAT(table.column("out.y.0").data<double>(), ElementsAre(IsNan(), 2, IsNan(), IsNan()));
  EXPECT_THAT(table.column("in.z.0").strings(), ElementsAre("", "", "t", ""));
  EXPECT_THAT(table.column("error").strings(), ElementsAre("bad input", "", "", "bad input"));
}

TEST(PredictionSegment, ConvertsNarrowTypes) {
  const Table table = table_of({record(1,
                                       {{"b", Tensor({1}, std::vector<bool>{true})},
                                        {"h", Tensor({1}, std::vector<float>{0.5F}).cast(DType::kFloat16)},
                                        {"i", Tensor({1}, std::vector<std::int8_t>{-3})},
                                        {"d", Tensor({1}, std::vector<double>{0.1})}},
                                       {})});
  EXPECT_THAT(table.column("in.b.0").data<std::int64_t>(), ElementsAre(1));
  EXPECT_THAT(table.column("in.h.0").floats(), ElementsAre(0.5F));
  EXPECT_THAT(table.column("in.i.0").data<std::int64_t>(), ElementsAre(-3));
  EXPECT_THAT(table.column("in.d.0").data<double>(), ElementsAre(0.1));
}

TEST(PredictionSegment, LeavesImagesOut) {
  const Table table =
      table_of({record(1, {{"image", Tensor::full<float>({2, 3, 224, 224}, 0.0F)}}, {{"y", Tensor({2}, std::vector<float>{1, 2})}})});
  EXPECT_EQ(table.rows(), 2);
  EXPECT_FALSE(table.has("in.image.0"));
  EXPECT_TRUE(table.has("out.y.0"));
}

TEST(PredictionSegment, ARecordWhoseColumnChangesItsTypeDoesNotFit) {
  PredictionSegment segment;
  const PredictionRecord first = record(1, {{"x", Tensor({1}, std::vector<float>{1})}}, {}),
                         second = record(2, {{"x", Tensor({1}, std::vector<std::string>{"a"})}}, {});
  ASSERT_TRUE(segment.fits(first));
  segment.add(first);
  EXPECT_FALSE(segment.fits(second));
  EXPECT_TRUE(segment.fits(first));
  segment.add(first);
  EXPECT_EQ(segment.finish().rows(), 2);
  EXPECT_TRUE(segment.fits(second));
}

TEST(PredictionSegment, AWiderTensorOfTheSameNameDoesNotScatter) {
  PredictionSegment segment;
  const PredictionRecord narrow = record(1, {{"x", Tensor({1, 1}, std::vector<float>{1})}}, {{"y", Tensor({1}, std::vector<float>{1})}});
  ASSERT_TRUE(segment.fits(narrow));
  segment.add(narrow);
  EXPECT_FALSE(segment.fits(record(2, {{"x", Tensor({1, 2}, std::vector<float>{1, 2})}}, {})));
}

TEST(PredictionSegment, AnEmptyBatchHasNoRows) {
  EXPECT_EQ(table_of({record(1, {{"x", Tensor({0, 2}, std::vector<float>{})}}, {{"y", Tensor({0}, std::vector<float>{})}})}).rows(), 0);
}

}  // namespace
}  // namespace upkeep::logs
