#include "explain/drawings.hpp"

#include "explain/gradient_testing.hpp"

namespace upkeep::explain::by_gradient {

using ::testing::HasSubstr;

TEST(Waterfall, GoesFromTheBaseToTheAnswerInBarsOfTheirSize) {
  const Subject subject(linear_model());
  const Tensors rows = rows_of_x(3, {1, 2, 3});
  Explanation one{.method = "exact-shapley"};
  one.attribution = {.values = {4, -1, 1}, .answer = 14, .base = 10};
  const std::string html = waterfall(one, subject, rows, /*additive=*/true);
  EXPECT_THAT(html, HasSubstr("x[0] = 1"));
  EXPECT_THAT(html, HasSubstr("class=\"more\" style=\"left:0.00%;width:max(2px,100.00%)\""));  // 10 to 14 of 10 to 14
  EXPECT_THAT(html, HasSubstr("class=\"less\" style=\"left:75.00%;width:max(2px,25.00%)\""));  // 14 to 13
  EXPECT_THAT(html, HasSubstr("<td class=\"number\">-1</td>"));
}

TEST(Waterfall, PutsTheSmallestFeaturesTogether) {
  const Subject subject(linear_model());
  Explanation one{.method = "exact-shapley"};
  one.attribution = {.values = {4, -1, 1}, .answer = 14, .base = 10};
  EXPECT_THAT(waterfall(one, subject, rows_of_x(3, {1, 2, 3}), true, 1), HasSubstr("2 other features"));
}

TEST(Beeswarm, ShowsTheMostImportantFeatureFirst) {
  const Subject subject(linear_model());
  const Tensors rows = rows_of_x(3, {1, 2, 3, 3, 2, 1});
  std::vector<Explanation> both(2);
  both[0].attribution.values = {0.1, 0, 3};
  both[1].row = 1;
  both[1].attribution.values = {0.1, 0, -3};
  const std::string html = beeswarm(both, subject, rows);
  EXPECT_LT(html.find("x[2]"), html.find("x[0]"));
}

}  // namespace upkeep::explain::by_gradient
