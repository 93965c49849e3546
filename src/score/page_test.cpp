#include "score/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::score {

using testing::HasSubstr;

TEST(ScorePage, ShowsEverySideAndItemAndEscapesWhatItIsTold) {
  Score score{.model = "m", .version = 2, .sides = {drills::Side::kStability, drills::Side::kReadability, drills::Side::kEffort}};
  score.items.push_back(
      {"rollback", drills::Side::kStability, {.name = "rollback", .value = 2, .unit = "s", .method = "a <b> c", .points = 70}});
  score.items.push_back({"structure", drills::Side::kReadability, drills::absent("depth", "operators", "no graph", "give one")});
  const std::string page = score_page(score);
  EXPECT_THAT(page, HasSubstr("at most 0"));
  EXPECT_THAT(page, HasSubstr("a &lt;b&gt; c"));
  EXPECT_THAT(page, HasSubstr("give one"));
  EXPECT_THAT(page, HasSubstr("effort ?"));
  EXPECT_THAT(page, HasSubstr("200.0,63.0 "));  // 70 points upwards of the middle
}

}  // namespace upkeep::score
