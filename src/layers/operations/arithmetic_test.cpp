#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using testing::ElementsAre;

std::vector<float> of_two(const std::string& function) {
  return numbers(call(function, R"({"x1": {"input": 0}, "x2": {"input": 1}})", {floats({1, 3}, {7, -7, 1}), floats({1, 3}, {2, 2, 4})})[0]);
}

TEST(Arithmetic, ComputesAsNumpyDoes) {
  EXPECT_THAT(of_two("add"), ElementsAre(9, -5, 5));
  EXPECT_THAT(of_two("subtract"), ElementsAre(5, -9, -3));
  EXPECT_THAT(of_two("multiply"), ElementsAre(14, -14, 4));
  EXPECT_THAT(of_two("true_divide"), ElementsAre(3.5F, -3.5F, 0.25F));
  EXPECT_THAT(of_two("floor_divide"), ElementsAre(3, -4, 0));
  EXPECT_THAT(of_two("mod"), ElementsAre(1, 1, 1));
  EXPECT_THAT(of_two("power"), ElementsAre(49, 49, 1));
  EXPECT_THAT(of_two("maximum"), ElementsAre(7, 2, 4));
  EXPECT_THAT(of_two("minimum"), ElementsAre(2, -7, 1));
  EXPECT_THAT(of_two("squared_difference"), ElementsAre(25, 81, 9));
}

TEST(Arithmetic, TakesNumbersOnEitherSide) {
  const Tensor x = floats({1, 2}, {1, 4});
  EXPECT_THAT(numbers(call("subtract", R"({"x1": 3, "x2": {"input": 0}})", {x})[0]), ElementsAre(2, -1));
  EXPECT_THAT(numbers(call("true_divide", R"({"x1": {"input": 0}, "x2": 2})", {x})[0]), ElementsAre(0.5F, 2));
  EXPECT_THAT(numbers(call("multiply", R"({"x1": {"input": 0}, "x2": [10, 100]})", {x})[0]), ElementsAre(10, 400));
}

TEST(Arithmetic, DividesIntegersAsFloats) {
  const Tensor x({1, 2}, std::vector<std::int64_t>{1, -3});
  EXPECT_THAT(numbers(call("true_divide", R"({"x1": {"input": 0}, "x2": 2})", {x})[0]), ElementsAre(0.5F, -1.5F));
  EXPECT_THAT(numbers(call("add", R"({"x1": {"input": 0}, "x2": 0.5})", {x})[0]), ElementsAre(1.5F, -2.5F));
}

TEST(Arithmetic, TakesArraysInTheirOwnType) {
  const Tensor x({1, 2}, std::vector<std::int64_t>{1, -3});
  EXPECT_THAT(numbers(call("multiply", R"({"x1": {"input": 0}, "x2": {"array": [0.5, 1.5], "dtype": "float32"}})", {x})[0]),
              ElementsAre(0.5F, -4.5F));
  EXPECT_THAT(numbers(call("multiply", R"({"x1": {"input": 0}, "x2": [0.5, 1.5]})", {x})[0]), ElementsAre(0.5F, -4.5F));
  const Tensor sum = call("add", R"({"x1": {"array": [16777216, 1], "dtype": "int64"}, "x2": {"input": 0}})", {x})[0];
  EXPECT_EQ(sum, Tensor({1, 2}, std::vector<std::int64_t>{16777217, -2}));
}

TEST(Arithmetic, SaysWhatIsMissing) {
  EXPECT_THAT(message_of([] { call("add", R"({"x1": {"input": 0}})", {floats({1, 1}, {1})}); }), testing::HasSubstr("without \"x2\""));
  EXPECT_THAT(message_of([] { call("add", R"({"x1": {"input": 0}, "x2": "two"})", {floats({1, 1}, {1})}); }),
              testing::HasSubstr("a value or a number"));
}

// Above 2^24, where float32 has no place between even numbers.
TEST(Arithmetic, KeepsLargeIntegersWhole) {
  const Tensor x({1, 3}, std::vector<std::int64_t>{16777217, -16777217, 1099511627777});
  const auto of = [&](const char* function, std::int64_t number) {
    return call(function, R"({"x1": {"input": 0}, "x2": )" + std::to_string(number) + "}", {x})[0];
  };
  EXPECT_EQ(of("floor_divide", 3), Tensor({1, 3}, std::vector<std::int64_t>{5592405, -5592406, 366503875925}));
  EXPECT_EQ(of("mod", 3), Tensor({1, 3}, std::vector<std::int64_t>{2, 1, 2}));
  EXPECT_EQ(of("mod", -3), Tensor({1, 3}, std::vector<std::int64_t>{-1, -2, -1}));
  EXPECT_EQ(of("add", 16777217), Tensor({1, 3}, std::vector<std::int64_t>{33554434, 0, 1099528404994}));
}

TEST(Arithmetic, TakesTheRemainderOfFloatsWithoutAQuotient) {
  const Tensor x = floats({1, 4}, {1e8F, -7, 7, 3});
  EXPECT_THAT(numbers(call("mod", R"({"x1": {"input": 0}, "x2": {"array": [[3, 3, -3, 1e30]], "dtype": "float32"}})", {x})[0]),
              ElementsAre(1, 2, -2, 3));
}

TEST(Arithmetic, AnswersInKerasType) {
  const auto type = [](const char* function, DType x, const std::string& second) {
    return call(function, R"({"x1": {"input": 0}, "x2": )" + second + "}", {floats({1, 2}, {1, 2}).cast(x)})[0].dtype();
  };
  EXPECT_EQ(type("add", DType::kBool, "3"), DType::kInt32);
  EXPECT_EQ(type("add", DType::kUInt8, "3"), DType::kUInt8);
  EXPECT_EQ(type("add", DType::kInt64, "0.5"), DType::kFloat32);
  EXPECT_EQ(type("add", DType::kUInt8, R"({"array": [1], "dtype": "int8"})"), DType::kInt16);
  EXPECT_EQ(type("true_divide", DType::kInt32, "2"), DType::kFloat32);
  EXPECT_EQ(type("mod", DType::kBool, "true"), DType::kInt32);
}

}  // namespace
}  // namespace upkeep::operations
