#include "log/segment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNan;

PredictionRecord answered(std::int64_t number, Tensors inputs, Tensors outputs, std::shared_ptr<const Signature> signature = nullptr) {
  return {.request_id = upkeep::format("r{}", number),
          .time = LogTime(std::chrono::microseconds(number)),
          .model = "m",
          .version = 1,
          .inputs = std::move(inputs),
          .outputs = std::move(outputs),
          .signature = std::move(signature)};
}

SegmentTable segment_of(std::vector<PredictionRecord> records) {
  LogSegment segment;
  for (PredictionRecord& one : records) {
    EXPECT_TRUE(segment.fits(one));
    LogSegment::convert(one);
    segment.add(one, 0, LogSegment::rows_of(one));
  }
  return segment.finish();
}

// x [N, 2] float32 of the columns age and size, n [N] int64; y [N] float32
std::shared_ptr<const Signature> age_and_size() {
  return std::make_shared<const Signature>(
      Signature{.inputs = {{.name = "x",
                            .dtype = DType::kFloat32,
                            .dims = {{-1, 2}},
                            .features = {{.column = "age", .categories = {}}, {.column = "size", .categories = {}}}},
                           {.name = "n", .dtype = DType::kInt64, .dims = {{-1}}, .features = {}}},
                .outputs = {{.name = "y", .dtype = DType::kFloat32, .dims = {{-1}}, .classes = {}, .targets = {}}}});
}

TEST(LogSegment, GivesEachRowOfABatchItsOwnRow) {
  const Table table = segment_of({answered(1, {{"x", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4})}},
                                           {{"y", Tensor({2}, std::vector<std::int64_t>{5, 6})}})})
                          .table;
  EXPECT_THAT(table.names(), ElementsAre("request_id", "row", "time", "model", "latency_us", "error", "in.x.0", "in.x.1", "out.y.0"));
  EXPECT_THAT(table.column("request_id").strings(), ElementsAre("r1", "r1"));
  EXPECT_THAT(table.column("row").data<std::int32_t>(), ElementsAre(0, 1));
  EXPECT_THAT(table.column("in.x.1").floats(), ElementsAre(2, 4));
  EXPECT_THAT(table.column("out.y.0").data<std::int64_t>(), ElementsAre(5, 6));
}

TEST(LogSegment, HasTheColumnsOfTheSignatureWhateverComes) {
  PredictionRecord failed = answered(1, {}, {}, age_and_size());
  failed.error = "bad input";
  const SegmentTable made =
      segment_of({failed, answered(2, {{"x", Tensor({1, 2}, std::vector<float>{1, 2})}, {"n", Tensor({1}, std::vector<std::int64_t>{7})}},
                                   {{"y", Tensor({1}, std::vector<float>{3})}}, age_and_size())});
  EXPECT_TRUE(made.table.has("in.age") && made.table.has("in.size") && made.table.has("in.n.0"));
  EXPECT_EQ(made.table.column("in.n.0").dtype(), DType::kInt64);
  EXPECT_THAT(made.missing.at("in.n.0"), ElementsAre(1, 0));
  EXPECT_THAT(made.missing.at("out.y.0"), ElementsAre(1, 0));
  EXPECT_THAT(segment_of({failed}).table.names(), testing::SizeIs(6 + 4));
}

TEST(LogSegment, RepeatsWhatIsNotPerRow) {
  const Table table = segment_of({answered(1, {{"a", Tensor({2}, std::vector<float>{1, 2})}, {"b", Tensor::scalar<float>(7)}},
                                           {{"y", Tensor({3}, std::vector<float>{4, 5, 6})}})})
                          .table;
  EXPECT_THAT(table.column("in.b.0").floats(), ElementsAre(7, 7));
  EXPECT_THAT(table.column("out.y.2").floats(), ElementsAre(6, 6));
}

TEST(LogSegment, KeepsTypesAndWidensNarrowFloats) {
  const Table table = segment_of({answered(1,
                                           {{"b", Tensor({1}, std::vector<bool>{true})},
                                            {"h", Tensor({1}, std::vector<float>{0.5F}).cast(DType::kFloat16)},
                                            {"i", Tensor({1}, std::vector<std::int8_t>{-3})},
                                            {"d", Tensor({1}, std::vector<double>{0.1})},
                                            {"s", Tensor({1}, std::vector<std::string>{"t"})}},
                                           {})})
                          .table;
  EXPECT_THAT(table.column("in.b.0").data<bool>(), ElementsAre(true));
  EXPECT_THAT(table.column("in.h.0").floats(), ElementsAre(0.5F));
  EXPECT_THAT(table.column("in.i.0").data<std::int8_t>(), ElementsAre(-3));
  EXPECT_THAT(table.column("in.d.0").data<double>(), ElementsAre(0.1));
  EXPECT_THAT(table.column("in.s.0").strings(), ElementsAre("t"));
}

TEST(LogSegment, OfAnImageHoldsStatistics) {
  std::vector<float> pixels(2 * 1100, 1.0F);
  pixels[0] = 2.1F, pixels[1] = std::numeric_limits<float>::quiet_NaN();
  const SegmentTable made =
      segment_of({answered(1, {{"image", Tensor({2, 1100}, pixels)}}, {{"y", Tensor({2}, std::vector<float>{1, 2})}})});
  EXPECT_EQ(made.table.rows(), 2);
  EXPECT_FALSE(made.table.has("in.image.0"));
  EXPECT_THAT(made.table.column("in.image.max").data<double>(), ElementsAre(double{2.1F}, 1));
  EXPECT_THAT(made.table.column("in.image.missing").data<std::int64_t>(), ElementsAre(1, 0));
  EXPECT_NEAR(made.table.column("in.image.mean").data<double>()[0], (1098 + 2.1) / 1099, 1e-7);
  // n - 1 ones and one 2.1: variance 1.1^2 (n - 1) / n^2
  EXPECT_NEAR(made.table.column("in.image.std").data<double>()[0], 1.1 * std::sqrt(1098.0) / 1099, 1e-7);
}

TEST(LogSegment, SequencesOfDifferentLengthsStandSideBySide) {
  const SegmentTable made = segment_of({answered(1, {{"x", Tensor({1, 1}, std::vector<float>{1})}}, {}),
                                        answered(2, {{"x", Tensor({1, 3}, std::vector<float>{1, 2, 3})}}, {}),
                                        answered(3, {{"x", Tensor({1, 2}, std::vector<float>{4, 5})}}, {})});
  EXPECT_THAT(made.table.column("in.x.1").floats(), ElementsAre(0, 2, 5));
  EXPECT_THAT(made.missing.at("in.x.1"), ElementsAre(1, 0, 0));
  EXPECT_THAT(made.missing.at("in.x.2"), ElementsAre(1, 0, 1));
}

TEST(LogSegment, ARecordOfOtherTypesOrAnotherSignatureDoesNotFit) {
  LogSegment segment;
  const PredictionRecord first = answered(1, {{"x", Tensor({1}, std::vector<float>{1})}}, {});
  segment.add(first, 0, 1);
  EXPECT_TRUE(segment.fits(first));
  EXPECT_FALSE(segment.fits(answered(2, {{"x", Tensor({1}, std::vector<std::string>{"a"})}}, {})));
  EXPECT_FALSE(segment.fits(answered(2, {}, {}, age_and_size())));
}

TEST(LogSegment, SizesOfTensorsWithoutElementsSayNothing) {
  EXPECT_EQ(LogSegment::rows_of(answered(1, {{"x", Tensor({20'000'000, 0, 4}, std::vector<float>{})}}, {})), 0);
  EXPECT_EQ(LogSegment::rows_of(answered(1, {{"x", Tensor({INT64_MAX, 0}, std::vector<float>{})}}, {})), 0);
  PredictionRecord failed = answered(1, {{"x", Tensor({0, 2}, std::vector<float>{})}}, {});
  failed.error = "no rows";
  EXPECT_EQ(LogSegment::rows_of(failed), 1);
}

TEST(LogSegment, LeavesOutWhatNoTableHolds) {
  EXPECT_THAT(segment_of({answered(1, {{"c", Tensor::from_bytes(DType::kComplex64, {1}, std::vector<std::byte>(8))}}, {})}).table.names(),
              testing::SizeIs(6));
}

}  // namespace
}  // namespace upkeep
