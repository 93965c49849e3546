#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

std::vector<Attribute> scatter_by(const char* reduction) { return {{"reduction", std::string(reduction), {}}}; }

// Its places: one that nobody writes to, one written to once, one twice.
const Tensor kElementPlaces = int_tensor({2, 3}, {0, 2, 1, 0, -2, 2});
const Tensor kRowPlaces = int_tensor({3, 1}, {2, -4, 2});

TEST(ScatterGradient, MatchesFiniteDifferencesWhereElementsAreReplaced) {
  EXPECT_GRADIENT("ScatterElements", {random_tensor({3, 2}), int_tensor({2, 2}, {0, 2, 1, 1}), random_tensor({2, 2}, {.seed = 2})});
  EXPECT_GRADIENT("ScatterElements", {random_tensor({2, 3}), int_tensor({2, 1}, {0, -1}), random_tensor({2, 1}, {.seed = 2})},
                  {{"axis", std::int64_t{-1}}});
  EXPECT_GRADIENT("ScatterND", {random_tensor({3, 2}), int_tensor({2, 1}, {0, 2}), random_tensor({2, 2}, {.seed = 2})});
  EXPECT_GRADIENT("ScatterND", {random_tensor({3, 2}), int_tensor({2, 2}, {0, 1, 2, 0}), random_tensor({2}, {.seed = 2})});
  EXPECT_GRADIENT_AT(13, "ScatterND", {random_tensor({3, 2}), int_tensor({2, 1}, {0, 2}), random_tensor({2, 2}, {.seed = 2})});
}

TEST(ScatterGradient, MatchesFiniteDifferencesInEveryReduction) {
  for (const char* reduction : {"add", "mul", "max", "min"}) {
    SCOPED_TRACE(reduction);
    const Tensor all = distinct_tensor({10, 2});
    const auto part = [&](Shape shape, std::int64_t from) {
      const auto data = all.data<double>();
      return Tensor(shape, std::vector<double>(data.begin() + from, data.begin() + from + element_count(shape)));
    };
    EXPECT_GRADIENT("ScatterElements", {part({3, 3}, 0), kElementPlaces, part({2, 3}, 9)}, scatter_by(reduction));
    EXPECT_GRADIENT("ScatterND", {part({4, 2}, 0), kRowPlaces, part({3, 2}, 8)}, scatter_by(reduction));
  }
  std::vector<Attribute> along = scatter_by("mul");
  along.push_back({"axis", std::int64_t{1}, {}});
  EXPECT_GRADIENT("ScatterElements", {random_tensor({2, 3}), int_tensor({2, 2}, {0, 0, 1, 2}), random_tensor({2, 2}, {.seed = 2})}, along);
}

TEST(ScatterGradient, MatchesSecondDifferences) {
  for (const char* reduction : {"none", "add", "mul"}) {
    SCOPED_TRACE(reduction);
    const Tensor places = std::string(reduction) == "none" ? int_tensor({2, 1}, {2, 0}) : int_tensor({2, 1}, {2, 2});
    EXPECT_SECOND_GRADIENT("ScatterND", {random_tensor({3, 2}), places, random_tensor({2, 2}, {.seed = 2})}, scatter_by(reduction));
  }
  EXPECT_SECOND_GRADIENT("ScatterElements", {distinct_tensor({3}), int_tensor({2}, {1, 1}), Tensor({2}, std::vector<double>{0.75, 0.35})},
                         scatter_by("max"));
}

TEST(ScatterGradient, IsRightForFactorsThatAreZero) {
  const Tensor x({2}, std::vector<double>{3, 5});
  for (const std::vector<double>& updates : {std::vector<double>{0, 2, 4}, {0, 0, 4}, {0, 0, 0}}) {
    EXPECT_GRADIENT("ScatterND", {x, int_tensor({3, 1}, {1, 1, 1}), Tensor({3}, updates)}, scatter_by("mul"))
        << testing::PrintToString(updates);
    EXPECT_SECOND_GRADIENT("ScatterND", {x, int_tensor({3, 1}, {1, 1, 1}), Tensor({3}, updates)}, scatter_by("mul"));
  }
  EXPECT_GRADIENT("ScatterND", {Tensor({1}, std::vector<double>{0}), int_tensor({2, 1}, {0, 0}), Tensor({2}, std::vector<double>{0, 3})},
                  scatter_by("mul"));
}

TEST(ScatterGradient, IsSharedByEquals) {
  const std::vector<Argument> arguments = {Tensor({2}, std::vector<float>{3, 0}), int_tensor({3, 1}, {0, 0, 0}),
                                           Tensor({3}, std::vector<float>{3, 1, 3})};
  EXPECT_THAT(gradient("ScatterND", arguments, scatter_by("max"), 0), ElementsAre(testing::FloatEq(1.0f / 3), 1));
  EXPECT_THAT(gradient("ScatterND", arguments, scatter_by("max"), 2),
              ElementsAre(testing::FloatEq(1.0f / 3), 0, testing::FloatEq(1.0f / 3)));
}

}  // namespace
}  // namespace upkeep::gradients
