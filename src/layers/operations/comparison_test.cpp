#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using testing::ElementsAre;

std::vector<float> with_two(const std::string& function) {
  return numbers(call(function, R"({"x1": {"input": 0}, "x2": 2})", {floats({1, 3}, {1, 2, 3})})[0]);
}

TEST(Comparison, TellsTheOrder) {
  EXPECT_THAT(with_two("greater"), ElementsAre(0, 0, 1));
  EXPECT_THAT(with_two("greater_equal"), ElementsAre(0, 1, 1));
  EXPECT_THAT(with_two("less"), ElementsAre(1, 0, 0));
  EXPECT_THAT(with_two("less_equal"), ElementsAre(1, 1, 0));
  EXPECT_THAT(with_two("equal"), ElementsAre(0, 1, 0));
  EXPECT_THAT(with_two("not_equal"), ElementsAre(1, 0, 1));
}

TEST(Comparison, JoinsTruths) {
  const auto of = [](const std::string& function) {
    return numbers(
        call(function, R"({"x1": {"input": 0}, "x2": {"input": 1}})", {floats({1, 4}, {0, 0, 1, 2}), floats({1, 4}, {0, 3, 0, 1})})[0]);
  };
  EXPECT_THAT(of("logical_and"), ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(of("logical_or"), ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(of("logical_xor"), ElementsAre(0, 1, 1, 0));
}

}  // namespace
}  // namespace upkeep::operations
