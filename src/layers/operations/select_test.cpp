#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using testing::ElementsAre;

TEST(Select, ChoosesAndLimits) {
  const Tensor x = floats({1, 3}, {-1, 0.5F, 3});
  EXPECT_THAT(numbers(call("where", R"({"condition": {"input": 0}, "x1": 1, "x2": {"input": 1}})", {floats({1, 3}, {1, 0, 1}), x})[0]),
              ElementsAre(1, 0.5F, 1));
  EXPECT_THAT(numbers(call("clip", R"({"x": {"input": 0}, "x_min": 0, "x_max": 1})", {x})[0]), ElementsAre(0, 0.5F, 1));
  EXPECT_EQ(call("cast", R"({"x": {"input": 0}, "dtype": "int32"})", {x})[0].dtype(), DType::kInt32);
  EXPECT_THAT(numbers(call("ones_like", R"({"x": {"input": 0}})", {x})[0]), ElementsAre(1, 1, 1));
  const Tensor zeros = call("zeros_like", R"({"x": {"input": 0}, "dtype": "bool"})", {x})[0];
  EXPECT_EQ(zeros, Tensor({1, 3}, std::vector<bool>{false, false, false}));
  EXPECT_THAT(numbers(call("convert_to_tensor", R"({"x": {"input": 0}})", {x})[0]), ElementsAre(-1, 0.5F, 3));
  const Tensor classes({1, 2}, std::vector<std::int64_t>{2, 0});
  EXPECT_THAT(numbers(call("one_hot", R"({"x": {"input": 0}, "num_classes": 3})", {classes})[0]), ElementsAre(0, 0, 1, 1, 0, 0));
}

TEST(Select, FillsWithANumber) {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor x = floats({1, 3}, {-inf, std::numeric_limits<float>::quiet_NaN(), inf});
  EXPECT_THAT(numbers(call("full_like", R"({"x": {"input": 0}, "fill_value": 2.5})", {x})[0]), ElementsAre(2.5F, 2.5F, 2.5F));
  EXPECT_EQ(call("full_like", R"({"x": {"input": 0}, "fill_value": 2, "dtype": "int32"})", {x})[0],
            Tensor({1, 3}, std::vector<std::int32_t>{2, 2, 2}));
  EXPECT_THAT(numbers(call("nan_to_num", R"({"x": {"input": 0}, "nan": 7})", {x})[0]),
              ElementsAre(std::numeric_limits<float>::lowest(), 7, std::numeric_limits<float>::max()));
}

TEST(Select, NumbersAreIntegersWhereTheyAreWhole) {
  const Tensor x = floats({1, 2}, {1, -1});
  const auto of = [&](const std::string& values) {
    return call("where", R"({"condition": {"input": 0}, )" + values + "}", {x.cast(DType::kBool)})[0];
  };
  EXPECT_EQ(of(R"("x1": 1, "x2": 0)").dtype(), DType::kInt32);
  EXPECT_EQ(of(R"("x1": 1, "x2": 0.5)").dtype(), DType::kFloat32);
  EXPECT_EQ(of(R"("x1": true, "x2": false)").dtype(), DType::kBool);
}

TEST(Select, FillsAndClipsIntegersWithoutRounding) {
  const Tensor x({1, 2}, std::vector<std::int64_t>{1, 99999999});
  EXPECT_EQ(call("full_like", R"({"x": {"input": 0}, "fill_value": 16777217})", {x})[0],
            Tensor({1, 2}, std::vector<std::int64_t>{16777217, 16777217}));
  EXPECT_EQ(call("clip", R"({"x": {"input": 0}, "x_min": 0, "x_max": 16777217})", {x})[0],
            Tensor({1, 2}, std::vector<std::int64_t>{1, 16777217}));
}

}  // namespace
}  // namespace upkeep::operations
