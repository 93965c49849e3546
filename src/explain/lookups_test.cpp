#include "explain/lookups.hpp"

#include "explain/gradient_testing.hpp"

namespace upkeep::explain::by_gradient {

static std::vector<std::string> values_of(const std::string& text) {
  Model model = *model_of(text);
  infer_shapes(model);
  std::vector<std::string> values;
  for (const Lookup& lookup : lookups_of(model, "ids")) values.push_back(lookup.value);
  return values;
}

TEST(Lookups, OfTokensAreTheTablesRowsAndNotTheMask) {
  EXPECT_THAT(
      values_of(
          R"(g (int64[N, 3] ids) => (float[N, 3, 2] y, bool[N, 3] mask) <float[4, 2] table = {0, 0, 1, 2, 3, 4, 5, 6}, int64[1] none = {0}>
    { equal = Equal(ids, none) mask = Not(equal) y = Gather <axis = 0> (table, ids) })"),
      ::testing::ElementsAre("y"));
}

TEST(Lookups, OfWholeNumbersAreTheirCast) {
  EXPECT_THAT(values_of("g (int64[N, 3] ids) => (float[N, 3] y) { y = Cast <to = 1> (ids) }"), ::testing::ElementsAre("y"));
}

TEST(Lookups, RefuseOperatorsThatChangeTheOrder) {
  EXPECT_THAT(message_of([] { values_of("g (int64[N, 3] ids) => (float[3, N] y) { t = Transpose(ids) y = Cast <to = 1> (t) }"); }),
              ::testing::HasSubstr("Transpose"));
}

}  // namespace upkeep::explain::by_gradient
