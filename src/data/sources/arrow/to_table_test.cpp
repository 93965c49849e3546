#include <arrow/api.h>
#include <arrow/util/decimal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/sources/arrow/columns.hpp"

namespace upkeep::sources {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

Tensor tensor_of(arrow::ArrayVector chunks) {
  const auto type = chunks.front()->type();
  return to_table(*arrow::Table::Make(arrow::schema({arrow::field("c", type)}),
                                      {std::make_shared<arrow::ChunkedArray>(std::move(chunks), type)}))
      .column("c");
}

std::string refusal(const std::shared_ptr<arrow::Array>& array) {
  try {
    tensor_of({array});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> array_of(std::initializer_list<std::optional<Value>> values, Builder&& builder = Builder()) {
  for (const auto& value : values) check(value ? builder.Append(*value) : builder.AppendNull());
  return checked(builder.Finish());
}

TEST(ToTable, SharesNumbersWithoutMissingValues) {
  const auto array = array_of<arrow::FloatBuilder, float>({1, 2, 3});
  const Tensor tensor = tensor_of({array});
  EXPECT_EQ(static_cast<const void*>(tensor.floats().data()), static_cast<const arrow::FloatArray&>(*array).raw_values());
  EXPECT_THAT(tensor_of({array->Slice(1)}).floats(), ElementsAre(2, 3));
}

TEST(ToTable, JoinsChunksOfWhichSomeHaveMissingValues) {
  const auto first = array_of<arrow::Int32Builder, std::int32_t>({1, 2});
  const auto second = array_of<arrow::Int32Builder, std::int32_t>({std::nullopt, 4});
  EXPECT_THAT(tensor_of({first, first}).data<std::int32_t>(), ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(tensor_of({first, second}).data<double>(), ElementsAre(1, 2, IsNan(), 4));
}

TEST(ToTable, KeepsTheTypeOfFloatsWithMissingValues) {
  EXPECT_THAT(tensor_of({array_of<arrow::FloatBuilder, float>({0.1F, std::nullopt})}).floats(), ElementsAre(0.1F, IsNan()));
  const Tensor half = tensor_of({array_of<arrow::HalfFloatBuilder, std::uint16_t>({0x3C00, std::nullopt})});
  EXPECT_EQ(half.dtype(), DType::kFloat16);
  EXPECT_THAT(half.cast(DType::kFloat32).floats(), ElementsAre(1, IsNan()));
}

TEST(ToTable, KeepsWholeNumbersBesideGapsAsTextWhereFloatsWouldChangeThem) {
  EXPECT_THAT(tensor_of({array_of<arrow::Int64Builder, std::int64_t>({9007199254740993, std::nullopt})}).strings(),
              ElementsAre("9007199254740993", ""));
  EXPECT_THAT(tensor_of({array_of<arrow::Int64Builder, std::int64_t>({-5, std::nullopt})}).data<double>(), ElementsAre(-5, IsNan()));
  EXPECT_THAT(tensor_of({array_of<arrow::UInt64Builder, std::uint64_t>({1ULL << 63U, std::nullopt})}).strings(),
              ElementsAre("9223372036854775808", ""));
}

TEST(ToTable, TurnsTimesIntoMicrosecondsRoundingDown) {
  const auto times = [](const std::shared_ptr<arrow::DataType>& type, std::int64_t value) {
    return tensor_of(
        {array_of<arrow::TimestampBuilder, std::int64_t>({value}, arrow::TimestampBuilder(type, arrow::default_memory_pool()))});
  };
  EXPECT_THAT(times(arrow::timestamp(arrow::TimeUnit::SECOND), -2).data<std::int64_t>(), ElementsAre(-2'000'000));
  EXPECT_THAT(times(arrow::timestamp(arrow::TimeUnit::MILLI), 5).data<std::int64_t>(), ElementsAre(5'000));
  EXPECT_THAT(times(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), 5).data<std::int64_t>(), ElementsAre(5));
  EXPECT_THAT(times(arrow::timestamp(arrow::TimeUnit::NANO), 1'999).data<std::int64_t>(), ElementsAre(1));
  EXPECT_THAT(times(arrow::timestamp(arrow::TimeUnit::NANO), -1).data<std::int64_t>(), ElementsAre(-1));
  EXPECT_THROW(times(arrow::timestamp(arrow::TimeUnit::SECOND), std::int64_t{1} << 60), Error);
  EXPECT_THAT(tensor_of({array_of<arrow::Date32Builder, std::int32_t>({std::nullopt, 1})}).data<double>(), ElementsAre(IsNan(), 86'400e6));
}

TEST(ToTable, TurnsDecimalsIntoDoubles) {
  const auto type = arrow::decimal128(10, 2);
  const auto array =
      array_of<arrow::Decimal128Builder, arrow::Decimal128>({arrow::Decimal128(12345), std::nullopt}, arrow::Decimal128Builder(type));
  EXPECT_THAT(tensor_of({array}).data<double>(), ElementsAre(123.45, IsNan()));
}

TEST(ToTable, LooksUpDictionaries) {
  const auto words = array_of<arrow::StringBuilder, std::string>({"red", "blue"});
  const auto numbers = array_of<arrow::Int16Builder, std::int16_t>({10, 20});
  const auto places = array_of<arrow::Int8Builder, std::int8_t>({1, 0, 1});
  const auto gaps = array_of<arrow::Int8Builder, std::int8_t>({1, std::nullopt, 0});
  const auto encoded = [](const auto& indices, const auto& values) { return checked(arrow::DictionaryArray::FromArrays(indices, values)); };
  EXPECT_THAT(tensor_of({encoded(places, words)}).strings(), ElementsAre("blue", "red", "blue"));
  EXPECT_THAT(tensor_of({encoded(gaps, words)}).strings(), ElementsAre("blue", "", "red"));
  EXPECT_THAT(tensor_of({encoded(places, numbers)}).data<std::int16_t>(), ElementsAre(20, 10, 20));
  EXPECT_THAT(tensor_of({encoded(gaps, numbers)}).data<double>(), ElementsAre(20, IsNan(), 10));
}

std::shared_ptr<arrow::Array> lists_of(const std::vector<std::vector<float>>& rows, bool null_row = false) {
  const auto values = std::make_shared<arrow::FloatBuilder>();
  arrow::ListBuilder builder(arrow::default_memory_pool(), values);
  for (const auto& row : rows) {
    check(builder.Append());
    check(values->AppendValues(row));
  }
  if (null_row) check(builder.AppendNull());
  return checked(builder.Finish());
}

TEST(ToTable, TurnsListsOfEqualLengthIntoTensors) {
  const auto lists = lists_of({{1, 2}, {3, 4}, {5, 6}});
  EXPECT_EQ(tensor_of({lists}).shape(), (Shape{3, 2}));
  EXPECT_THAT(tensor_of({lists->Slice(1)}).floats(), ElementsAre(3, 4, 5, 6));
  const auto fixed = std::make_shared<arrow::FixedSizeListArray>(arrow::fixed_size_list(arrow::list(arrow::float32()), 1), 3, lists);
  EXPECT_EQ(tensor_of({fixed}).shape(), (Shape{3, 1, 2}));
  EXPECT_THAT(tensor_of({fixed->Slice(2)}).floats(), ElementsAre(5, 6));
}

TEST(ToTable, NamesTheRowOfAListThatDiffersOrIsMissing) {
  EXPECT_THAT(refusal(lists_of({{1, 2}, {3}})), HasSubstr("column \"c\": row 2 is a list of 1, row 1 of 2"));
  EXPECT_THAT(refusal(lists_of({{1, 2}}, true)), HasSubstr("row 2 has no list"));
}

TEST(ToTable, RefusesTypesThatAreNoCells) {
  const auto field = array_of<arrow::Int8Builder, std::int8_t>({1});
  const auto record = checked(arrow::StructArray::Make({field}, std::vector<std::string>{"a"}));
  EXPECT_THAT(refusal(record), testing::AllOf(HasSubstr("column \"c\""), HasSubstr("struct<a: int8>")));
}

}  // namespace
}  // namespace upkeep::sources
