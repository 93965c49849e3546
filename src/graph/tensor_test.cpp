#include "upkeep/tensor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error_testing.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Tensor, StartsEmptyAsFloat32) {
  const Tensor empty;
  EXPECT_EQ(empty.dtype(), DType::kFloat32);
  EXPECT_EQ(empty.shape(), Shape{0});
  EXPECT_EQ(empty.size(), 0);
  EXPECT_EQ(empty, Tensor(Shape{0}, std::vector<float>{}));
}

TEST(Tensor, HoldsTheValuesItWasGiven) {
  const Tensor tensor({2, 2}, std::vector<std::int64_t>{1, 2, 3, 4});
  EXPECT_EQ(tensor.dtype(), DType::kInt64);
  EXPECT_EQ(tensor.size_bytes(), 32u);
  EXPECT_THAT(tensor.data<std::int64_t>(), ElementsAre(1, 2, 3, 4));
}

TEST(Tensor, KeepsBooleansAsOneByteEach) {
  const Tensor tensor({3}, std::vector<bool>{true, false, true});
  EXPECT_EQ(tensor.size_bytes(), 3u);
  EXPECT_THAT(tensor.data<bool>(), ElementsAre(true, false, true));
}

TEST(Tensor, SharesItsBytesWhenCopied) {
  const Tensor tensor({3}, std::vector<float>{1, 2, 3});
  const Tensor copy = tensor;
  EXPECT_EQ(copy.floats().data(), tensor.floats().data());
}

TEST(Tensor, SaysWhenValuesDoNotFillTheShape) {
  EXPECT_THAT(message_of([] { Tensor({2, 3}, std::vector<float>{1, 2}); }),
              HasSubstr("2 values do not fill a tensor of shape [2, 3] (6 are needed)"));
}

TEST(Tensor, SaysWhatItHoldsWhenAskedForAnotherType) {
  const Tensor tensor({2}, std::vector<float>{1, 2});
  EXPECT_THAT(message_of([&] { static_cast<void>(tensor.data<double>()); }), HasSubstr("holds float32[2], not float64"));
}

TEST(Tensor, RefusesShapesThatCannotBeCounted) {
  EXPECT_THROW(element_count({-1, 2}), Error);
  EXPECT_THROW(element_count({1LL << 40, 1LL << 40}), Error);
  EXPECT_EQ(element_count({1LL << 40, 1LL << 40, 0}), 0);
  EXPECT_EQ(element_count({}), 1);
}

TEST(Tensor, RefusesAByteCountThatOverflows) {
  EXPECT_THROW(Tensor::share(DType::kFloat64, {std::numeric_limits<std::int64_t>::max() / 4}, nullptr, nullptr), Error);
}

TEST(Tensor, PacksTwoFourBitElementsIntoAByte) {
  const std::byte bytes[] = {std::byte{0x21}, std::byte{0x03}};
  EXPECT_EQ(Tensor::from_bytes(DType::kInt4, {3}, bytes).size_bytes(), 2u);
  EXPECT_THROW(Tensor::from_bytes(DType::kInt4, {5}, bytes), Error);
}

TEST(TensorCast, SaturatesWhatAnIntegerCannotHold) {
  const Tensor tensor({6}, std::vector<float>{1.9f, -1.9f, 300, -300, std::nanf(""), std::numeric_limits<float>::infinity()});
  EXPECT_THAT(tensor.cast(DType::kInt8).data<std::int8_t>(), ElementsAre(1, -1, 127, -128, 0, 127));
}

TEST(TensorCast, TreatsEveryNonZeroAsTrue) {
  const Tensor tensor({3}, std::vector<float>{0, 0.5f, -2});
  EXPECT_THAT(tensor.cast(DType::kBool).data<bool>(), ElementsAre(false, true, true));
  EXPECT_THAT(tensor.cast(DType::kBool).cast(DType::kInt32).data<std::int32_t>(), ElementsAre(0, 1, 1));
}

TEST(TensorCast, RoundsToHalfAndBack) {
  const Tensor tensor({4}, std::vector<float>{1, -2.5f, 65504, 1.0f / 3});
  const auto back = tensor.cast(DType::kFloat16).cast(DType::kFloat32);
  EXPECT_EQ(back.floats()[0], 1);
  EXPECT_EQ(back.floats()[1], -2.5f);
  EXPECT_EQ(back.floats()[2], 65504);
  EXPECT_NEAR(back.floats()[3], 1.0 / 3, std::ldexp(1.0, -13));  // 11 bits of significand
}

TEST(TensorCast, RefusesWhatHasNoNumber) {
  EXPECT_THAT(message_of([] { Tensor({1}, std::vector<std::string>{"a"}).cast(DType::kFloat32); }),
              HasSubstr("cannot convert string to float32"));
}

TEST(TensorRows, ShareMemory) {
  const Tensor tensor({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  const Tensor rows = tensor.rows(1, 3);
  EXPECT_EQ(rows.shape(), (Shape{2, 2}));
  EXPECT_THAT(rows.floats(), ElementsAre(3, 4, 5, 6));
  EXPECT_EQ(rows.floats().data(), tensor.floats().data() + 2);
  EXPECT_EQ(tensor.rows(1, 1).size(), 0);
}

TEST(TensorRows, RefuseWhatIsNotThere) {
  const Tensor tensor({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  EXPECT_THROW(tensor.rows(2, 4), Error);
  EXPECT_THROW(tensor.rows(-1, 2), Error);
  EXPECT_THROW(tensor.rows(2, 1), Error);
  EXPECT_THROW(Tensor::scalar(1.0f).rows(0, 1), Error);
}

TEST(TensorRows, WorkOnStrings) {
  const Tensor tensor({2, 2}, std::vector<std::string>{"a", "b", "c", "d"});
  EXPECT_THAT(tensor.rows(1, 2).strings(), ElementsAre("c", "d"));
}

TEST(TensorReshaped, KeepsElementsUnderAnotherShape) {
  const Tensor tensor({4}, std::vector<float>{1, 2, 3, 4});
  EXPECT_EQ(tensor.reshaped({2, 2}).floats().data(), tensor.floats().data());
  EXPECT_THROW(tensor.reshaped({3}), Error);
}

TEST(TensorEquality, LooksAtTypeShapeAndBytes) {
  const Tensor tensor({2}, std::vector<float>{1, 2});
  EXPECT_EQ(tensor, Tensor({2}, std::vector<float>{1, 2}));
  EXPECT_FALSE(tensor == Tensor({2}, std::vector<float>{1, 3}));
  EXPECT_FALSE(tensor == Tensor({2, 1}, std::vector<float>{1, 2}));
  EXPECT_FALSE(tensor == Tensor({2}, std::vector<double>{1, 2}));
  EXPECT_EQ(Tensor({1}, std::vector<std::string>{"a"}), Tensor({1}, std::vector<std::string>{"a"}));
}

TEST(DTypeNames, RoundTrip) {
  for (int i = 1; i <= 23; ++i) EXPECT_EQ(dtype_from_string(to_string(static_cast<DType>(i))), static_cast<DType>(i));
  EXPECT_THAT(message_of([] { dtype_from_string("flaot32"); }), HasSubstr("float32"));
}

}  // namespace
}  // namespace upkeep
