#include "optimize/rewrites/rewrite.hpp"

#include <gmock/gmock.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

TEST(Rewrite, SaysWhatItDid) {
  Model model = three_layers();
  const Change change = rewrite(model, parse_named("float16"));
  EXPECT_EQ(change.pass, "rewrite float16");
  EXPECT_EQ(change.facts["rewrite"], "float16");
  EXPECT_GT(change.facts["places"], 0);
  EXPECT_THAT(change.notes.at(0), HasSubstr("float16: "));
}

TEST(Rewrite, LeavesTheLayersBehindWhereItChangedSomething) {
  Model model = three_layers();
  prune_elements(model, parse_named("magnitude:sparsity=0.5,weights=[dense/kernel]"));
  const Model before = model;
  rewrite(model, parse_named("dynamic-batch"));  // the batch is a symbol already
  EXPECT_EQ(model_to_bytes(model), model_to_bytes(before));
  rewrite(model, parse_named("fixed-batch:size=3"));
  EXPECT_EQ(find(model.metadata, kLayersKey), nullptr);
  ASSERT_NE(find(model.metadata, kPrunedKey), nullptr);  // the weight is still there
  EXPECT_THAT(*find(model.metadata, kPrunedKey), HasSubstr("dense/kernel"));
  EXPECT_EQ(layer_names(architecture_of(model)).size(), layer_names(architecture_of(before)).size());  // recognised anew
}

TEST(Rewrite, ListsTheMembersAndNamesTheSetting) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { rewrite(model, parse_named("fold-constant")); }), HasSubstr("fold-constants"));
  EXPECT_THAT(message_of([&] { rewrite(model, parse_named("fixed-batch:rows=3")); }), HasSubstr("rows"));
}

}  // namespace upkeep
