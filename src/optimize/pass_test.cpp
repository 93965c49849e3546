#include "optimize/pass.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/onnx.hpp"
#include "optimize/optimize_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

TEST(RunPass, HandsOverTheWholeChange) {
  Model model = three_layers();
  const Change change = run_pass("rename", model, [](Model& copy, Change& made) {
    copy.graph.name = "renamed";
    made.notes = {"renamed"};
  });
  EXPECT_EQ(model.graph.name, "renamed");
  EXPECT_EQ(change.pass, "rename");
  EXPECT_EQ(change.notes, std::vector<std::string>{"renamed"});
  EXPECT_GE(change.seconds, 0);
}

TEST(RunPass, LeavesTheOriginalWhenThePassFails) {
  Model model = three_layers();
  const std::string before = model_to_bytes(model);
  const auto half_done = [](Model& copy, Change&) {
    copy.graph.nodes.clear();
    throw Error(ErrorCode::kInvalidArgument, "no further");
  };
  EXPECT_EQ(message_of([&] { run_pass("half", model, half_done); }), "half: no further");
  EXPECT_EQ(model_to_bytes(model), before);
}

TEST(RunPass, RefusesAResultThatIsNoValidGraph) {
  Model model = three_layers();
  const std::string before = model_to_bytes(model);
  EXPECT_THAT(message_of([&] { run_pass("break", model, [](Model& copy, Change&) { copy.graph.nodes.pop_back(); }); }),
              HasSubstr("the pass left an invalid graph"));
  EXPECT_EQ(model_to_bytes(model), before);
}

TEST(RunPass, RefusesAnInvalidGraphBeforeThePassSeesIt) {
  Model model = three_layers();
  model.graph.nodes.pop_back();
  bool ran = false;
  EXPECT_THROW(run_pass("idle", model, [&](Model&, Change&) { ran = true; }), Error);
  EXPECT_FALSE(ran);
}

}  // namespace upkeep
