#include "layers/view/layout.hpp"

#include "layers/shared/activations.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {

namespace {

struct LayoutScratch {
  Model model;
  Ops ops{model};
  Value images = ops.input("images", DType::kFloat32, {"batch", 4, 5, 3});
  Value planes = ops.input("planes", DType::kFloat32, {"batch", 3, 4, 5});
  std::size_t transposes() const { return static_cast<std::size_t>(std::ranges::count(model.graph.nodes, "Transpose", &Node::op)); }
};

}  // namespace

TEST(Layout, MovesTheChannelsThereAndBack) {
  LayoutScratch scratch;
  EXPECT_EQ(channels_first(scratch.ops, scratch.images).dims(), (Dims{"batch", 3, 4, 5}));
  EXPECT_EQ(channels_last(scratch.ops, scratch.planes).dims(), (Dims{"batch", 4, 5, 3}));
  const Value line = scratch.ops.input("line", DType::kFloat32, {"batch", 7, 2});
  EXPECT_EQ(channels_first(scratch.ops, line).dims(), (Dims{"batch", 2, 7}));
  const Value matrix = scratch.ops.input("matrix", DType::kFloat32, {"batch", 7});
  EXPECT_EQ(channels_first(scratch.ops, matrix).name(), "matrix");
}

TEST(Layout, SeesThroughItsOwnTransposition) {
  LayoutScratch scratch;
  const Value last = channels_last(scratch.ops, scratch.planes);
  EXPECT_TRUE(has_channels_first(scratch.ops, last));
  EXPECT_FALSE(has_channels_first(scratch.ops, scratch.planes));
  EXPECT_EQ(channels_first(scratch.ops, last).name(), "planes");
}

TEST(Layout, TransposesAValueOnce) {
  LayoutScratch scratch;
  EXPECT_EQ(channels_first(scratch.ops, scratch.images).name(), channels_first(scratch.ops, scratch.images).name());
  EXPECT_EQ(scratch.transposes(), 1U);
}

TEST(Layout, OfTheDataIsNotAskedTwice) {
  LayoutScratch scratch;
  EXPECT_EQ(channels_first(scratch.ops, scratch.planes, "channels_first").name(), "planes");
  EXPECT_EQ(in_data_format(scratch.ops, scratch.planes, "channels_first").name(), "planes");
  EXPECT_EQ(in_data_format(scratch.ops, scratch.planes, "channels_last").dims(), (Dims{"batch", 4, 5, 3}));
}

TEST(Layout, KnowsWhereAnAxisGoes) {
  EXPECT_EQ(channels_first_axis(0, 4), 0);
  EXPECT_EQ(channels_first_axis(1, 4), 2);
  EXPECT_EQ(channels_first_axis(2, 4), 3);
  EXPECT_EQ(channels_first_axis(3, 4), 1);
  EXPECT_EQ(channels_first_axis(-1, 4), 1);
  EXPECT_EQ(channels_first_axis(-2, 4), 3);
  EXPECT_EQ(channels_first_axis(-1, 2), 1);
  EXPECT_THAT(message_of([] { channels_first_axis(4, 4); }), testing::HasSubstr("axis 4"));
  EXPECT_EQ(channels_first_dims({"batch", 4, 5, 3}), (Dims{"batch", 3, 4, 5}));
}

TEST(Layout, ActivationsStayWhereTheChannelsAreSecond) {
  LayoutScratch scratch;
  const Value y = activate(scratch.ops, channels_last(scratch.ops, scratch.planes), Json("relu"));
  EXPECT_EQ(scratch.ops.model().graph.producer(channels_first(scratch.ops, y).name())->op, "Relu");
  EXPECT_EQ(scratch.ops.model().graph.producer(channels_first(scratch.ops, y).name())->inputs[0], "planes");
}

TEST(Layout, SoftmaxFollowsItsAxis) {
  LayoutScratch scratch;
  const Value y = activate(scratch.ops, channels_last(scratch.ops, scratch.planes), Json("softmax"));
  const Node* softmax = scratch.ops.model().graph.producer(channels_first(scratch.ops, y).name());
  EXPECT_EQ(softmax->get<std::int64_t>("axis", 99), 1);
}

TEST(Layout, DropsWhatNobodyReads) {
  LayoutScratch scratch;
  const Value last = channels_last(scratch.ops, scratch.planes);
  const Value back_and_forth = scratch.ops.transpose(scratch.ops.transpose(last, {3, 2, 1, 0}), {3, 2, 1, 0});
  scratch.ops.output(scratch.ops.relu(channels_first(scratch.ops, last)), "y");
  EXPECT_EQ(scratch.transposes(), 3U);
  EXPECT_TRUE(back_and_forth);
  drop_unread(scratch.model.graph);
  EXPECT_EQ(scratch.transposes(), 0U);
  verify(scratch.model);
}

TEST(Layout, KeepsWhatIsReadOrGiven) {
  LayoutScratch scratch;
  scratch.ops.output(channels_last(scratch.ops, scratch.planes), "y");
  scratch.ops.output(scratch.ops.relu(channels_first(scratch.ops, scratch.images)), "z");
  drop_unread(scratch.model.graph);
  EXPECT_EQ(scratch.transposes(), 2U);
  verify(scratch.model);
}

}  // namespace upkeep::layers
