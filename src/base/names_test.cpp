#include "base/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {

TEST(UnknownName, GivesTheNearestFirstThenAll) {
  const Error error = unknown_name("loss", "mze", {"mae", "mse", "huber"});
  EXPECT_THAT(error.what(), testing::HasSubstr("unknown loss \"mze\""));
  EXPECT_THAT(error.hint(), testing::HasSubstr("did you mean \"mae\"?"));
  EXPECT_THAT(error.hint(), testing::HasSubstr("known: mae, mse, huber"));
}

TEST(UnknownName, DoesNotGuessFarOff) { EXPECT_EQ(unknown_name("loss", "zzzzzz", {"mae", "mse"}).hint(), "known: mae, mse"); }

TEST(UnknownName, KnowsWordsOfOtherLibraries) {
  EXPECT_THAT(unknown_name("metric", "f1", {"r2", "auc", "f1_score"}).hint(), testing::HasSubstr("did you mean \"f1_score\"?"));
  EXPECT_THAT(unknown_name("loss", "cross_entropy", {"mse", "categorical_crossentropy", "sparse_categorical_crossentropy"}).hint(),
              testing::HasSubstr("did you mean \"sparse_categorical_crossentropy\" or \"categorical_crossentropy\"?"));
}

TEST(UnknownName, FindsNamesThatHoldTheWord) {
  EXPECT_THAT(unknown_name("column", "sepal", {"id", "petal_length", "sepal_length", "sepal_width"}).hint(),
              testing::HasSubstr("did you mean \"sepal_length\" or \"sepal_width\"?"));
}

TEST(UnknownName, CutsLongLists) {
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back("candidate_number_" + std::to_string(i));
  EXPECT_THAT(unknown_name("layer", "q", many).hint(), testing::HasSubstr("and 60 more"));
}

TEST(Words, SplitJoinAndTrim) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  EXPECT_EQ(join({"a", "b"}, "-"), "a-b");
  EXPECT_EQ(trim(" \t a b\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

}  // namespace upkeep
