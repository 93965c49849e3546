#include "graph/opset.hpp"

#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string head(int opset) { return "<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset) + "]> "; }

TEST(SetOpset, GivesReductionsTheirAxesAsAnInputAndTakesThemBack) {
  const std::string up = in_set(18, head(13) + "g (float[2,3] x) => (float[2] y) { y = ReduceMax <axes = [1], keepdims = 0> (x) }");
  EXPECT_THAT(up, AllOf(HasSubstr("ReduceMax <keepdims: int = 0> (x, constant)"), HasSubstr("\"\" : 18"), HasSubstr("constant =  {1}")));
  const std::string down = in_set(13, up);
  EXPECT_THAT(down, AllOf(HasSubstr("axes: ints = [1]"), HasSubstr("\"\" : 13"), HasSubstr("(x)")));
}

TEST(SetOpset, TellsASplitHowManyPartsItHas) {
  const std::string equal = head(13) + "g (float[4] x) => (float[2] a, float[2] b) { a, b = Split (x) }";
  EXPECT_THAT(in_set(18, equal), HasSubstr("num_outputs: int = 2"));
  EXPECT_THAT(in_set(18, head(13) + "g (float[4] x) => (float[1] a, float[3] b) <int64[2] s = {1, 3}> { a, b = Split (x, s) }"),
              Not(HasSubstr("num_outputs")));
  EXPECT_THAT(in_set(13, in_set(18, equal)), HasSubstr("Split (x)"));
  EXPECT_THAT(in_set(17, head(18) + "g (float[5] x) => (float[3] a, float[2] b) { a, b = Split <num_outputs = 2> (x) }"),
              AllOf(HasSubstr("constant =  {3,2}"), HasSubstr("Split (x, constant)")));  // the last part is the smaller one
  EXPECT_THAT(
      message_of([] { in_set(17, head(18) + "g (float[n] x) => (float[k] a, float[l] b) { a, b = Split <num_outputs = 2> (x) }"); }),
      HasSubstr("Split"));
}

TEST(SetOpset, KeepsTheCoordinatesOfRegions) {
  const std::string regions = "g (float[1,1,4,4] x, float[1,4] r, int64[1] i) => (float[1,1,1,1] y) { y = RoiAlign (x, r, i) }";
  EXPECT_THAT(in_set(18, head(13) + regions), HasSubstr("output_half_pixel"));
  EXPECT_THAT(in_set(18, head(16) + regions), Not(HasSubstr("output_half_pixel")));
  EXPECT_THAT(in_set(13, in_set(18, head(13) + regions)), Not(HasSubstr("output_half_pixel")));
  EXPECT_THAT(message_of([&] { in_set(15, head(16) + regions); }), HasSubstr("RoiAlign"));  // half a pixel, which 15 cannot say
}

TEST(SetOpset, NamesWaysToSampleAsTheSetDoes) {
  const std::string grid = "g (float[1,1,4,4] x, float[1,2,2,2] g) => (float[1,1,2,2] y) { y = GridSample <mode = \"bilinear\"> (x, g) }";
  const std::string up = in_set(21, head(16) + grid);
  EXPECT_THAT(up, HasSubstr("mode: string = \"linear\""));
  EXPECT_THAT(in_set(16, up), HasSubstr("mode: string = \"bilinear\""));
}

TEST(SetOpset, WritesPadsOutForEveryAxis) {
  EXPECT_THAT(
      in_set(13, head(18) +
                     "g (float[2,4] x) => (float[2,7] y) <int64[2] p = {1, 2}, int64[1] a = {-1}, float v = {0}> { y = Pad (x, p, v, a) }"),
      AllOf(HasSubstr("Pad (x, constant, v)"), HasSubstr("{0,1,0,2}")));
}

TEST(SetOpset, WritesOutWhatAnOlderSetDoesNotHave) {
  EXPECT_THAT(in_set(13, head(14) + "g (float[4] x) => (float[4] y) { y = HardSwish (x) }"),
              AllOf(HasSubstr("HardSigmoid"), HasSubstr("Mul")));
  EXPECT_THAT(in_set(13, head(21) + "g (float[2,4] x, float[4] s) => (float[2,4] y) { y = LayerNormalization (x, s) }"),
              AllOf(Not(HasSubstr("LayerNormalization (")), HasSubstr("ReduceMean")));
  EXPECT_THAT(in_set(15, head(20) + "g (float[4] x) => (float[4] y) { y = Gelu (x) }"), AllOf(Not(HasSubstr("Gelu (")), HasSubstr("Erf")));
}

TEST(SetOpset, DropsAttributesThatSayTheUsual) {
  EXPECT_THAT(in_set(13, head(14) + "g (float[4] x) => (float[2,2] y) <int64[2] s = {2, 2}> { y = Reshape <allowzero = 0> (x, s) }"),
              Not(HasSubstr("allowzero")));
  EXPECT_THAT(message_of([] {
                in_set(13, head(14) + "g (float[0] x) => (float[0,2] y) <int64[2] s = {0, 2}> { y = Reshape <allowzero = 1> (x, s) }");
              }),
              HasSubstr("Reshape"));
}

TEST(SetOpset, ReachesIntoSubgraphsAndFunctions) {
  EXPECT_THAT(in_set(18, head(13) + R"(g (float[2] x, bool c) => (float[1] loss) {
      loss = If (c) <then_branch = a () => (float[1] p) { p = ReduceMean <axes = [0]> (x) },
                     else_branch = b () => (float[1] q) { q = ReduceMin <axes = [0]> (x) }>
    })"),
              AllOf(HasSubstr("ReduceMean (x, constant)"), HasSubstr("ReduceMin (x, constant)")));
  const std::string function = in_set(18, R"(<ir_version: 8, opset_import: ["" : 13, "own" : 1]>
    g (float[2,3] x) => (float[2] y) { y = own.peak (x) }
    <domain: "own", opset_import: ["" : 13]> peak (a) => (b) { b = ReduceMax <axes = [1], keepdims = 0> (a) })");
  EXPECT_THAT(function, AllOf(HasSubstr("Constant"), Not(HasSubstr("axes"))));
}

TEST(SetOpset, KeepsNamesMetadataAndOtherDomains) {
  Model model = model_from_text(
      "<ir_version: 10, opset_import: [\"\" : 21, \"com.shop\" : 1]> g (float[2] x) => (float[2] y) { a = com.shop.Sort (x) y = Relu (a) "
      "}");
  model.metadata = {{"key", "value"}};
  model.graph.nodes[1].name = "the relu";
  model.graph.nodes[1].metadata = {{"from", "somewhere"}};
  Model expected = model;
  expected.opsets[""] = 13;
  set_opset(model, 13);
  EXPECT_EQ(model_to_bytes(model), model_to_bytes(expected));
}

TEST(SetOpset, LeavesTheSameSetAlone) {
  const std::string text = head(19) + "g (float[4] x) => (float[4] y) { y = Relu (x) }";
  EXPECT_EQ(in_set(19, text), model_to_text(model_from_text(text)));
}

TEST(SetOpset, RefusesWhatItCannotExpressAndChangesNothing) {
  Model model =
      model_from_text(head(13) + R"(g (float[2,3] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float[2,3] y, float[1] z) {
      z = ReduceMax <axes = [0, 1]> (x)
      y, mean, var = BatchNormalization (x, s, b, m, v)
    })");
  const std::string before = model_to_text(model);
  Ops ops(model);
  EXPECT_THAT(message_of([&] { set_opset(ops, 18); }), HasSubstr("BatchNormalization"));
  EXPECT_THAT(message_of([&] { set_opset(model, 18); }), HasSubstr("BatchNormalization"));
  EXPECT_EQ(model_to_text(model), before);
  EXPECT_THAT(message_of([&] { set_opset(model, 99); }), HasSubstr("7 to 22"));
  EXPECT_THAT(message_of([] { in_set(13, head(14) + "g (int32[4] x) => (int32[4] y) { y = Relu (x) }"); }),
              HasSubstr("Relu"));  // of integers
  EXPECT_THAT(message_of([] { in_set(15, head(17) + "g (float[8] x) => (complex64[5] y) <int64 s = {4}> { y = STFT (x, s) }"); }),
              HasSubstr("STFT"));
}

TEST(SetOpset, WorksWhereAGraphIsBeingBuilt) {
  Model model = model_from_text(head(13) + "g (float[2,3] x) => (float[2] y) { y = ReduceMax <axes = [1], keepdims = 0> (x) }");
  Ops ops(model);
  set_opset(ops, 18);
  EXPECT_TRUE(ops.knows("constant"));
  EXPECT_NE(ops.ints({5}).name(), "constant");
  verify(model);
}

}  // namespace
}  // namespace upkeep
