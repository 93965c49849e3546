#include "base/other_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(OtherWords, AreComparedWithoutWhatJoinsThem) {
  EXPECT_EQ(plain_letters("BCE-With_Logits Loss"), "bcewithlogitsloss");
  EXPECT_THAT(meant_by("binary_cross_entropy", {"mse", "binary_crossentropy"}), ElementsAre("binary_crossentropy"));
}

TEST(OtherWords, MeanWhatIsThere) {
  const std::vector<std::string> metrics = {"accuracy", "auc", "f1_score", "r2"};
  EXPECT_THAT(meant_by("f1", metrics), ElementsAre("f1_score"));
  EXPECT_THAT(meant_by("roc_auc", metrics), ElementsAre("auc"));
  EXPECT_THAT(meant_by("CrossEntropyLoss", {"categorical_crossentropy", "mse", "sparse_categorical_crossentropy"}),
              ElementsAre("sparse_categorical_crossentropy", "categorical_crossentropy"));
  EXPECT_THAT(meant_by("lr", {"learning_rate", "rho"}), ElementsAre("learning_rate"));
  EXPECT_THAT(meant_by("f1", {"learning_rate", "rho"}), IsEmpty());
  EXPECT_THAT(meant_by("", metrics), IsEmpty());
}

}  // namespace upkeep
