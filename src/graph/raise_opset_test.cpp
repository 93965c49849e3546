#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "graph/raise_opset.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;

std::string raised(const std::string& text) {
  Model model = model_from_text(text);
  Ops ops(model);
  raise_opset(ops);
  verify(model);
  return model_to_text(model);
}

TEST(RaiseOpset, GivesReductionsTheirAxesAsAnInput) {
  const std::string made = raised(R"(<ir_version: 7, opset_import: ["": 13]>
    g (float[2,3] x) => (float[2] y) { y = ReduceMax <axes = [1], keepdims = 0> (x) })");
  EXPECT_THAT(made, HasSubstr("ReduceMax <keepdims: int = 0> (x, constant)"));
  EXPECT_THAT(made, HasSubstr("\"\" : 18"));
  EXPECT_THAT(made, HasSubstr("constant =  {1}"));
}

TEST(RaiseOpset, TellsASplitHowManyPartsItHas) {
  EXPECT_THAT(raised(R"(<ir_version: 7, opset_import: ["": 13]>
    g (float[4] x) => (float[2] a, float[2] b) { a, b = Split (x) })"),
              HasSubstr("num_outputs: int = 2"));
  EXPECT_THAT(raised(R"(<ir_version: 7, opset_import: ["": 13]>
    g (float[4] x) => (float[1] a, float[3] b) <int64[2] s = {1, 3}> { a, b = Split (x, s) })"),
              testing::Not(HasSubstr("num_outputs")));
}

TEST(RaiseOpset, KeepsTheCoordinatesOfRegions) {
  const std::string regions = R"(g (float[1,1,4,4] x, float[1,4] r, int64[1] i) => (float[1,1,1,1] y) { y = RoiAlign (x, r, i) })";
  EXPECT_THAT(raised("<ir_version: 7, opset_import: [\"\": 13]> " + regions), HasSubstr("output_half_pixel"));
  EXPECT_THAT(raised("<ir_version: 8, opset_import: [\"\": 16]> " + regions), testing::Not(HasSubstr("output_half_pixel")));
}

TEST(RaiseOpset, ReachesIntoSubgraphs) {
  EXPECT_THAT(raised(R"(<ir_version: 7, opset_import: ["": 13]>
    g (float[2] x, bool c) => (float[1] loss) {
      loss = If (c) <then_branch = a () => (float[1] p) { p = ReduceMean <axes = [0]> (x) },
                     else_branch = b () => (float[1] q) { q = ReduceMin <axes = [0]> (x) }>
    })"),
              testing::AllOf(HasSubstr("ReduceMean (x, constant)"), HasSubstr("ReduceMin (x, constant)")));
}

TEST(RaiseOpset, LeavesANewerGraphAlone) {
  const std::string text = R"(<ir_version: 9, opset_import: ["": 19]> g (float[4] x) => (float[4] y) { y = Relu (x) })";
  EXPECT_EQ(raised(text), model_to_text(model_from_text(text)));
}

TEST(RaiseOpset, RefusesWhatItCannotExpressAndChangesNothing) {
  Model model = model_from_text(R"(<ir_version: 7, opset_import: ["": 13]>
    g (float[2,3] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float[2,3] y, float[1] z) {
      z = ReduceMax <axes = [0, 1]> (x)
      y, mean, var = BatchNormalization (x, s, b, m, v)
    })");
  const std::string before = model_to_text(model);
  Ops ops(model);
  EXPECT_THAT(message_of([&] { raise_opset(ops); }), HasSubstr("BatchNormalization"));
  EXPECT_EQ(model_to_text(model), before);
}

}  // namespace
}  // namespace upkeep
