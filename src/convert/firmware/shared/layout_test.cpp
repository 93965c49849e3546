#include "convert/firmware/shared/layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/firmware/compiled_test.hpp"
#include "convert/firmware/shared/prepare.hpp"

namespace upkeep::firmware {

namespace {

Layout laid_out(const std::string& graph) {
  const Model model = prepared(model_in_short(graph));
  return lay_out(model.graph, std::vector<std::pair<DType, std::int64_t>>(model.graph.nodes.size(), {DType::kFloat32, 0}));
}

}  // namespace

// a and c live at the same time, b and d as well: two places of 12 and 8 numbers.
TEST(FirmwareLayout, SharesMemoryBetweenLivesThatDoNotOverlap) {
  const Layout layout = laid_out(
      "(float[2,3] x, float[3,6] p, float[6,4] q) => (float y) { a = MatMul(x, p) b = MatMul(a, q) c = Transpose(b) d = Transpose(c) "
      "y = Transpose(d) }");
  EXPECT_EQ(layout.working.at(DType::kFloat32), 20);
  EXPECT_NE(layout.values.at("a").offset, layout.values.at("b").offset);
  EXPECT_EQ(layout.values.at("y").where, Place::Where::kOutput);
  EXPECT_EQ(layout.values.at("x").where, Place::Where::kInput);
}

TEST(FirmwareLayout, WritesOverAnInputThatNobodyReadsAgain) {
  const Layout layout = laid_out("(float[2,4] x) => (float y) { a = Exp(x) b = Tanh(a) y = Transpose(b) }");
  EXPECT_EQ(layout.working.at(DType::kFloat32), 8);
  EXPECT_EQ(layout.values.at("a").offset, layout.values.at("b").offset);
}

TEST(FirmwareLayout, KeepsAnInputThatIsReadAgain) {
  const Layout layout = laid_out("(float[2,4] x) => (float y) { a = Exp(x) b = Tanh(a) c = Add(b, a) y = Transpose(c) }");
  EXPECT_NE(layout.values.at("a").offset, layout.values.at("b").offset);
  EXPECT_EQ(layout.values.at("c").offset, layout.values.at("b").offset);
}

TEST(FirmwareLayout, KeepsAnInputThatIsReadAgainInAnotherShape) {
  const Layout layout = laid_out(
      "(float[2,4] x) => (float y) <int64[1] s = {8}> { a = Exp(x) r = Reshape(a, s) b = Tanh(a) t = Tanh(r) u = Reshape(b, s) y = "
      "Concat<axis = 0>(t, u) }");
  EXPECT_EQ(layout.values.at("a").offset, layout.values.at("r").offset);
  EXPECT_NE(layout.values.at("a").offset, layout.values.at("b").offset);
}

TEST(FirmwareLayout, KeepsWhatIsAResult) {
  const Layout layout = laid_out("(float[4] x) => (float a, float b) { a = Exp(x) b = Tanh(a) }");
  EXPECT_EQ(layout.values.at("a").name, "a");
  EXPECT_EQ(layout.values.at("b").name, "b");
  EXPECT_TRUE(layout.working.empty());
}

TEST(FirmwareLayout, CopiesResultsThatLieElsewhere) {
  const Layout layout = laid_out("(float[4] x) => (float x2, float a, float b) { x2 = Identity(x) a = Exp(x) b = Identity(a) }");
  EXPECT_THAT(layout.copies, testing::ElementsAre("x2", "b"));
}

}  // namespace upkeep::firmware
