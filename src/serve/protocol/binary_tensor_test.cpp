#include "serve/protocol/binary_tensor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(BinaryTensor, NumbersAreLittleEndianAndRowMajor) {
  // 1.0f is 0x3f800000, 2.0f is 0x40000000.
  const std::string_view bytes = "\x00\x00\x80\x3f\x00\x00\x00\x40"sv;
  const Answer<Tensor> tensor = read_binary(bytes, DType::kFloat32, {1, 2});
  ASSERT_TRUE(tensor);
  EXPECT_THAT(tensor->floats(), ElementsAre(1.0F, 2.0F));
  EXPECT_EQ(write_binary(*tensor), bytes);
}

TEST(BinaryTensor, StringsCarryTheirLength) {
  const std::string_view bytes = "\x02\x00\x00\x00hi\x00\x00\x00\x00\x01\x00\x00\x00\xff"sv;
  const Answer<Tensor> tensor = read_binary(bytes, DType::kString, {3});
  ASSERT_TRUE(tensor);
  EXPECT_THAT(tensor->strings(), ElementsAre("hi", "", "\xff"));
  EXPECT_EQ(write_binary(*tensor), bytes);
}

TEST(BinaryTensor, AnyByteButZeroIsTrue) {
  EXPECT_THAT(read_binary("\x00\x01\x7f"sv, DType::kBool, {3})->data<bool>(), ElementsAre(false, true, true));
}

TEST(BinaryTensor, HalfFloatsAndEmptyTensorsKeepTheirBytes) {
  EXPECT_EQ(write_binary(*read_binary("\x00\x3c"sv, DType::kFloat16, {1})), "\x00\x3c"sv);
  EXPECT_EQ(write_binary(*read_binary(""sv, DType::kFloat64, {0, 4})), "");
}

TEST(BinaryTensor, RefusesBytesThatDoNotFit) {
  EXPECT_THAT(read_binary("abc", DType::kFloat32, {1}).error().message, HasSubstr("has 3 bytes, FP32[1] needs 1 elements of 4"));
  EXPECT_FALSE(read_binary("abcd", DType::kFloat32, {2}));
  EXPECT_FALSE(read_binary("abcdefgh", DType::kFloat32, {1}));
  EXPECT_FALSE(read_binary("", DType::kFloat32, {std::int64_t{1} << 40}));
  EXPECT_THAT(read_binary("\x05\x00\x00\x00hi"sv, DType::kString, {1}).error().message, HasSubstr("5 bytes is announced, but only 2"));
  EXPECT_FALSE(read_binary("\xff\xff\xff\xff"sv, DType::kString, {1}));
  EXPECT_FALSE(read_binary("\x00\x00"sv, DType::kString, {1}));
  EXPECT_FALSE(read_binary("\x00\x00\x00\x00\x00\x00\x00\x00"sv, DType::kString, {1}));
  EXPECT_FALSE(read_binary(""sv, DType::kString, {1}));
}

TEST(RawShape, FollowsFromTheNumberOfBytes) {
  const TensorSpec rows{.name = "x", .dtype = DType::kFloat32, .dims = {"batch", 2}};
  EXPECT_THAT(*raw_shape(rows, 24), ElementsAre(3, 2));
  EXPECT_THAT(*raw_shape(TensorSpec{.name = "x", .dtype = DType::kInt8, .dims = {5}}, 5), ElementsAre(5));
  EXPECT_FALSE(raw_shape(TensorSpec{.name = "x", .dtype = DType::kInt8, .dims = {"a", "b"}}, 5));
  EXPECT_THAT(*raw_shape(TensorSpec{.name = "x", .dtype = DType::kString, .dims = {"a"}}, 5), ElementsAre(1));
  EXPECT_FALSE(raw_shape(TensorSpec{.name = "x", .dtype = DType::kString, .dims = {2}}, 5));
}

}  // namespace
}  // namespace upkeep::serve
