#include "data/elements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error_testing.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

template <typename T>
Tensor cells(std::vector<T> values) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return Tensor({rows}, std::move(values));
}
Tensor words(std::vector<std::string> values) { return cells(std::move(values)); }

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();

template <typename T>
std::string refusal(std::vector<T> values, DType dtype) {
  return message_of([&] { as_elements(cells(std::move(values)), dtype); });
}

TEST(AsElements, KeepsEveryWholeNumber) {
  const std::vector<std::int64_t> ids{16777217, 9007199254740993, std::numeric_limits<std::int64_t>::min()};
  EXPECT_THAT(as_elements(cells(ids), DType::kInt64).data<std::int64_t>(), testing::ElementsAreArray(ids));
  EXPECT_THAT(as_elements(words({"16777217", " 9007199254740993", "+5", "-9223372036854775808"}), DType::kInt64).data<std::int64_t>(),
              ElementsAre(16777217, 9007199254740993, 5, std::numeric_limits<std::int64_t>::min()));
  EXPECT_THAT(as_elements(words({"18446744073709551615"}), DType::kUInt64).data<std::uint64_t>(), ElementsAre(18446744073709551615U));
  EXPECT_THAT(as_elements(cells<std::uint64_t>({18446744073709551615U}), DType::kUInt64).data<std::uint64_t>(),
              ElementsAre(18446744073709551615U));
  EXPECT_THAT(as_elements(cells<double>({-128, 127}), DType::kInt8).data<std::int8_t>(), ElementsAre(-128, 127));
  EXPECT_THAT(as_elements(words({"3.0", "2e2", "0x1F"}), DType::kUInt8).data<std::uint8_t>(), ElementsAre(3, 200, 31));
}

TEST(AsElements, KeepsEveryDigitOfAWholeNumberWithAPointOrAnExponent) {
  EXPECT_THAT(
      as_elements(words({"9007199254740993.0", "9007199254740993.", "-9.007199254740993e15", "+9007199254740993000E-3"}), DType::kInt64)
          .data<std::int64_t>(),
      ElementsAre(9007199254740993, 9007199254740993, -9007199254740993, 9007199254740993));
  EXPECT_THAT(as_elements(words({"18446744073709551615.00", "1.8446744073709551615e+19"}), DType::kUInt64).data<std::uint64_t>(),
              ElementsAre(18446744073709551615U, 18446744073709551615U));
}

TEST(WholeDigits, AreThoseInFrontOfThePoint) {
  EXPECT_EQ(whole_digits("9007199254740993.0"), "9007199254740993");
  EXPECT_EQ(whole_digits("0012.50e1"), "125");
  EXPECT_EQ(whole_digits("-0.0"), "0");
  EXPECT_EQ(whole_digits("0e99"), "0");
  EXPECT_EQ(whole_digits("12e-1"), std::nullopt);
  EXPECT_EQ(whole_digits("1e99"), std::nullopt);
  EXPECT_EQ(whole_digits("0x10"), std::nullopt);
  for (const char* text : {"", ".", "e5", "-", "1e", "1e+-5", "1.2.3", "nan"}) EXPECT_EQ(whole_digits(text), std::nullopt) << text;
}

TEST(AsElements, RefusesWhatIsNoWholeNumberWithItsRow) {
  EXPECT_THAT(refusal<double>({5, kGap}, DType::kInt64), HasSubstr("row 2 is missing, and int64 has no value for that"));
  EXPECT_THAT(refusal<double>({5, 1.5}, DType::kInt64), HasSubstr("row 2 holds 1.5, which is no int64"));
  EXPECT_THAT(refusal<double>({kInfinite}, DType::kInt32), HasSubstr("row 1 holds inf, which is outside of int32"));
  EXPECT_THAT(refusal<std::string>({"1", ""}, DType::kInt64), HasSubstr("row 2 is missing"));
  EXPECT_THAT(refusal<std::string>({"1.5"}, DType::kInt64), HasSubstr("row 1 holds 1.5, which is no int64"));
  EXPECT_THAT(refusal<std::string>({"123456789012345678901"}, DType::kInt64), HasSubstr("outside of int64"));
  EXPECT_THAT(refusal<std::string>({"9007199254740993.5"}, DType::kInt64), HasSubstr("row 1"));
  EXPECT_THAT(refusal<std::string>({"x"}, DType::kInt64), HasSubstr("row 1 holds \"x\", which is no number"));
  const Tensor image({2, 2}, std::vector<float>{1, 2, 3, 3.5F});
  EXPECT_THAT(message_of([&] { as_elements(image, DType::kUInt8); }), HasSubstr("row 2 holds 3.5"));
}

TEST(AsElements, RefusesWhatIsOutsideOfTheType) {
  EXPECT_THAT(refusal<std::int64_t>({255, 256}, DType::kUInt8),
              HasSubstr("row 2 holds 256, which is outside of uint8 (it goes from 0 to 255)"));
  EXPECT_THAT(refusal<std::int64_t>({-1}, DType::kUInt64), HasSubstr("row 1 holds -1"));
  EXPECT_THAT(refusal<std::uint64_t>({1ULL << 63U}, DType::kInt64), HasSubstr("outside of int64"));
  EXPECT_THAT(refusal<double>({0x1p63}, DType::kInt64), HasSubstr("outside of int64"));
  EXPECT_THAT(refusal<double>({-0x1p63 - 4096}, DType::kInt64), HasSubstr("outside of int64"));
  EXPECT_THAT(refusal<double>({-129}, DType::kInt8), HasSubstr("outside of int8"));
  EXPECT_THAT(refusal<std::string>({"9223372036854775808"}, DType::kInt64), HasSubstr("outside of int64"));
  EXPECT_THAT(refusal<std::string>({"-1"}, DType::kUInt64), HasSubstr("outside of uint64"));
  EXPECT_THAT(refusal<double>({1, 1e300}, DType::kFloat32), HasSubstr("row 2 holds 1e+300, which is too large for float32"));
  EXPECT_THAT(refusal<std::int64_t>({65504, 70000}, DType::kFloat16), HasSubstr("row 2 holds 70000, which is too large for float16"));
}

TEST(AsElements, TruthValuesAreZeroAndOne) {
  EXPECT_THAT(as_elements(cells<double>({0, 1}), DType::kBool).data<bool>(), ElementsAre(false, true));
  EXPECT_THAT(as_elements(words({"true", "False", "0", "1"}), DType::kBool).data<bool>(), ElementsAre(true, false, false, true));
  EXPECT_THAT(as_elements(cells<bool>({true, false}), DType::kInt64).data<std::int64_t>(), ElementsAre(1, 0));
  EXPECT_THAT(refusal<double>({2}, DType::kBool), HasSubstr("truth values are 0 and 1"));
  EXPECT_THAT(refusal<double>({0.5}, DType::kBool), HasSubstr("row 1 holds 0.5"));
  EXPECT_THAT(refusal<double>({kGap}, DType::kBool), HasSubstr("is missing"));
}

TEST(AsElements, FloatsMayBeMissingOrInfinite) {
  EXPECT_THAT(as_elements(cells<double>({kGap, kInfinite, 0.1}), DType::kFloat32).floats(), ElementsAre(IsNan(), kInfinite, 0.1F));
  EXPECT_THAT(as_elements(cells<double>({123456789.123}), DType::kFloat64).data<double>(), ElementsAre(123456789.123));
  EXPECT_THAT(as_elements(cells<float>({0.5F}), DType::kFloat64).data<double>(), ElementsAre(0.5));
}

TEST(AsElements, GivesNoTextsForNumbers) {
  EXPECT_THAT(refusal<double>({1}, DType::kString), HasSubstr("float64[1] holds no texts"));
  EXPECT_EQ(as_elements(words({"a"}), DType::kString).strings().front(), "a");
}

TEST(ParseNumber, ReadsSubnormalAndHexadecimalNumbers) {
  EXPECT_EQ(parse_number("4.9e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(parse_number("-1e-310"), -1e-310);
  EXPECT_EQ(parse_number("1e-400"), 0.0);
  EXPECT_EQ(parse_number("1e400"), kInfinite);
  EXPECT_EQ(parse_number("0x1.8p3"), 12.0);
  EXPECT_EQ(parse_number("-0x1p-1074"), -std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(parse_number(" +2 "), 2.0);
  EXPECT_EQ(parse_number("-inf"), -kInfinite);
  for (const char* text : {"--1", "+-1", "0x", "1,5", "1 2", "e5", "-", "0x-1"}) EXPECT_FALSE(parse_number(text)) << text;
}

}  // namespace
}  // namespace upkeep
