#include "serve/protocol/tensor_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/random.hpp"

namespace upkeep::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor read(std::string_view text, DType dtype, const Shape& shape) {
  JsonCursor json(text);
  Tensor tensor = read_data(json, dtype, shape);
  json.end();
  EXPECT_TRUE(json.ok()) << json.failure();
  return tensor;
}

std::string failure(std::string_view text, DType dtype, const Shape& shape) {
  JsonCursor json(text);
  read_data(json, dtype, shape);
  json.end();
  return json.failure();
}

std::string written(const Tensor& tensor) {
  std::string out;
  EXPECT_TRUE(append_data(out, tensor));
  return out;
}

TEST(TensorJson, ReadsFlatAndNestedDataAlike) {
  EXPECT_EQ(read("[1, 2, 3, 4]", DType::kFloat32, {2, 2}), read("[[1, 2], [3, 4]]", DType::kFloat32, {2, 2}));
  EXPECT_THAT(read("[[[1],[2]]]", DType::kInt64, {1, 2, 1}).data<std::int64_t>(), ElementsAre(1, 2));
  EXPECT_EQ(read("[7]", DType::kInt32, {}).data<std::int32_t>()[0], 7);
  EXPECT_EQ(read("[]", DType::kFloat32, {0, 3}).shape(), (Shape{0, 3}));
  EXPECT_EQ(read("[[], []]", DType::kFloat32, {2, 0}).size(), 0);
}

TEST(TensorJson, ReadsGapsAndWhatPythonWritesForNumbersThatAreNotFinite) {
  const Tensor tensor = read("[null, NaN, Infinity, -Infinity, -1.5]", DType::kFloat32, {5});
  const auto values = tensor.floats();
  EXPECT_TRUE(std::isnan(values[0]) && std::isnan(values[1]));
  EXPECT_EQ(values[2], std::numeric_limits<float>::infinity());
  EXPECT_EQ(values[3], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(values[4], -1.5F);
}

TEST(TensorJson, ReadsEveryType) {
  EXPECT_THAT(read("[true,false]", DType::kBool, {2}).data<bool>(), ElementsAre(true, false));
  EXPECT_THAT(read("[255]", DType::kUInt8, {1}).data<std::uint8_t>(), ElementsAre(255));
  EXPECT_THAT(read("[65535]", DType::kUInt16, {1}).data<std::uint16_t>(), ElementsAre(65535));
  EXPECT_THAT(read("[4294967295]", DType::kUInt32, {1}).data<std::uint32_t>(), ElementsAre(4294967295U));
  EXPECT_THAT(read("[18446744073709551615]", DType::kUInt64, {1}).data<std::uint64_t>(), ElementsAre(~0ULL));
  EXPECT_THAT(read("[-128]", DType::kInt8, {1}).data<std::int8_t>(), ElementsAre(-128));
  EXPECT_THAT(read("[-32768]", DType::kInt16, {1}).data<std::int16_t>(), ElementsAre(-32768));
  EXPECT_THAT(read("[0.1]", DType::kFloat64, {1}).data<double>(), ElementsAre(0.1));
  EXPECT_THAT(read(R"(["a","é"])", DType::kString, {2}).strings(), ElementsAre("a", "é"));
}

TEST(TensorJson, RefusesDataThatDoesNotFitTheShape) {
  EXPECT_THAT(failure("[1,2,3]", DType::kFloat32, {2, 2}), HasSubstr("data has 3 elements, shape [2, 2] needs 4"));
  EXPECT_THAT(failure("[1,2,3,4,5]", DType::kFloat32, {2, 2}), HasSubstr("more than the 4 elements"));
  EXPECT_THAT(failure("[[1,2,3],[4]]", DType::kFloat32, {2, 2}), HasSubstr("more items along axis 1"));
  EXPECT_THAT(failure("[[1],[2,3,4]]", DType::kFloat32, {2, 2}), HasSubstr("1 items along axis 1"));
  EXPECT_THAT(failure("[[1,2]]", DType::kFloat32, {2, 2}), HasSubstr("1 items along axis 0"));
  EXPECT_THAT(failure("[[[1]]]", DType::kFloat32, {1, 1}), HasSubstr("a number should stand here"));
  EXPECT_THAT(failure("5", DType::kFloat32, {1}), HasSubstr("an array should stand here"));
  EXPECT_FALSE(failure("[1,2", DType::kFloat32, {2}).empty());
}

TEST(TensorJson, RefusesElementsOfAnotherType) {
  EXPECT_THAT(failure("[NaN]", DType::kInt64, {1}), HasSubstr("NaN"));
  EXPECT_THAT(failure("[nan]", DType::kFloat32, {1}), HasSubstr("nan"));
  EXPECT_THAT(failure("[null]", DType::kInt64, {1}), HasSubstr("null"));
  EXPECT_THAT(failure("[1e39]", DType::kFloat32, {1}), HasSubstr("does not fit"));
  EXPECT_THAT(failure("[1]", DType::kBool, {1}), HasSubstr("true or false"));
  EXPECT_THAT(failure("[1]", DType::kString, {1}), HasSubstr("a string should stand here"));
  EXPECT_THAT(failure("[1.0]", DType::kInt64, {1}), HasSubstr("not an integer"));
  EXPECT_THAT(failure("[1]", DType::kFloat16, {1}), HasSubstr("no JSON form"));
}

TEST(TensorJson, WritesNumbersThatReadBackAsTheSameBits) {
  Random random(3, stream_id("floats"));
  std::vector<float> values;
  while (values.size() < 10'000)
    if (const float value = std::bit_cast<float>(random.next()); std::isfinite(value)) values.push_back(value);
  const Tensor tensor({static_cast<std::int64_t>(values.size())}, values);
  EXPECT_EQ(read(written(tensor), DType::kFloat32, tensor.shape()), tensor);
}

TEST(TensorJson, WritesWhatJsonLacksAsPythonDoes) {
  EXPECT_EQ(written(Tensor({3}, std::vector<float>{NAN, INFINITY, 1})), "[NaN,Infinity,1]");
}

TEST(TensorJson, WritesOtherTypes) {
  EXPECT_EQ(written(Tensor({2}, std::vector<bool>{true, false})), "[true,false]");
  EXPECT_EQ(written(Tensor({1}, std::vector<std::int8_t>{-5})), "[-5]");
  EXPECT_EQ(written(Tensor({2}, std::vector<std::string>{"a", "\""})), R"(["a","\""])");
  EXPECT_EQ(written(Tensor({0}, std::vector<float>{})), "[]");
  std::string out;
  EXPECT_FALSE(append_data(out, Tensor({1}, std::vector<std::string>{"\xff"})));
}

}  // namespace
}  // namespace upkeep::serve
