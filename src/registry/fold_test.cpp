#include "registry/fold.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {
namespace {

using testing::ElementsAre;

Event moved(const char* kind, std::int64_t to) { return {.kind = kind, .model = "m", .alias = "a", .to = to}; }

TEST(Fold, WalksBackAlongThePathOfAnAlias) {
  const ModelState state = fold({moved("promoted", 1), moved("promoted", 2), moved("promoted", 3), moved("rolled_back", 2)});
  EXPECT_THAT(state.aliases.at("a"), ElementsAre(1, 2));
  EXPECT_EQ(state.current("a"), 2);
  EXPECT_EQ(state.current("b"), 0);
}

TEST(Fold, ForgetsDeletedVersionsOnThatPath) {
  const ModelState state =
      fold({moved("promoted", 1), moved("promoted", 2), moved("promoted", 3), {.kind = "deleted", .model = "m", .to = 2}});
  EXPECT_THAT(state.aliases.at("a"), ElementsAre(1, 3));
  EXPECT_TRUE(state.deleted.contains(2));
}

TEST(Fold, ARemovedAliasIsNotHeldAnyMore) {
  const Event held{.kind = "held", .model = "m", .alias = "a"};
  EXPECT_TRUE(fold({moved("promoted", 1), held}).holds.contains("a"));
  EXPECT_FALSE(fold({moved("promoted", 1), held, {.kind = "released", .model = "m", .alias = "a"}}).holds.contains("a"));
  EXPECT_FALSE(fold({moved("promoted", 1), held, {.kind = "alias_removed", .model = "m", .alias = "a"}}).holds.contains("a"));
}

}  // namespace
}  // namespace upkeep
