#include <cmath>

#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

std::vector<float> of_one(const std::string& function, std::vector<float> x) {
  const auto n = static_cast<std::int64_t>(x.size());
  return numbers(call(function, R"({"x": {"input": 0}})", {floats({1, n}, std::move(x))})[0]);
}

TEST(Elementwise, ComputesAsTheLibraryOfC) {
  const std::vector<float> x = {0.25F, 1, 2.5F};
  const std::vector<std::pair<std::string, float (*)(float)>> functions = {{"negative", [](float v) { return -v; }},
                                                                           {"square", [](float v) { return v * v; }},
                                                                           {"sqrt", std::sqrt},
                                                                           {"rsqrt", [](float v) { return 1 / std::sqrt(v); }},
                                                                           {"reciprocal", [](float v) { return 1 / v; }},
                                                                           {"exp", std::exp},
                                                                           {"expm1", std::expm1},
                                                                           {"log", std::log},
                                                                           {"log1p", std::log1p},
                                                                           {"sin", std::sin},
                                                                           {"cos", std::cos},
                                                                           {"tan", std::tan},
                                                                           {"arctan", std::atan},
                                                                           {"erf", std::erf},
                                                                           {"floor", std::floor},
                                                                           {"ceil", std::ceil},
                                                                           {"round", std::nearbyint},
                                                                           {"identity", [](float v) { return v; }}};
  for (const auto& [name, f] : functions) {
    std::vector<float> expected;
    for (const float one : x) expected.push_back(f(one));
    EXPECT_THAT(of_one(name, x), layers::Near(expected, 16)) << name;
  }
}

TEST(Elementwise, RoundsToPlacesBehindThePoint) {
  const auto rounded = [](const std::string& decimals) {
    return numbers(call("round", R"({"x": {"input": 0}, "decimals": )" + decimals + "}", {floats({1, 3}, {1.26F, -0.44F, 17.5F})})[0]);
  };
  EXPECT_THAT(rounded("0"), testing::ElementsAre(1, 0, 18));
  EXPECT_THAT(rounded("1"), layers::Near(std::vector<float>{1.3F, -0.4F, 17.5F}, 4));
  EXPECT_THAT(rounded("-1"), testing::ElementsAre(0, 0, 20));
}

TEST(Elementwise, StopsAGradient) {
  const auto y = call("stop_gradient", R"({"variable": {"input": 0}})", {floats({1, 2}, {1.5F, -2})});
  EXPECT_THAT(numbers(y[0]), testing::ElementsAre(1.5F, -2));
}

TEST(Elementwise, KnowsWhatIsNoNumber) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(of_one("isnan", {1, nan, inf}), testing::ElementsAre(0, 1, 0));
  EXPECT_THAT(of_one("isinf", {1, nan, -inf}), testing::ElementsAre(0, 0, 1));
  EXPECT_THAT(of_one("isfinite", {1, nan, inf}), testing::ElementsAre(1, 0, 0));
  EXPECT_THAT(of_one("trunc", {-1.7F, -0.2F, 2.9F}), testing::ElementsAre(-1, 0, 2));
  EXPECT_THAT(of_one("log2", {1, 8, 0.5F}), layers::Near({0, 3, -1}));
  EXPECT_THAT(of_one("exp2", {0, 3, -1}), layers::Near({1, 8, 0.5F}));
}

TEST(Elementwise, KnowsSignsAndTruth) {
  EXPECT_THAT(of_one("absolute", {-2, 0, 3}), testing::ElementsAre(2, 0, 3));
  EXPECT_THAT(of_one("sign", {-2, 0, 3}), testing::ElementsAre(-1, 0, 1));
  EXPECT_THAT(of_one("logical_not", {-2, 0, 3}), testing::ElementsAre(0, 1, 0));
}

}  // namespace
}  // namespace upkeep::operations
