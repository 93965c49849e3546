#include "optimize/expect_floats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/onnx.hpp"
#include "optimize/factorize/factorize.hpp"
#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep {

using testing::AllOf;
using testing::HasSubstr;

TEST(ExpectFloats, EveryPassOnWeightsRefusesIntegersAlike) {
  EXPECT_NO_THROW(expect_floats(three_layers()));
  Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]> g (float[n,2] x) => (float[n,2] y)
    <int8[2,2] w = {1, 2, 3, 4}, float s = {0.5}> { d = DequantizeLinear (w, s)  y = MatMul (x, d) })");
  const auto refused = AllOf(HasSubstr("the model is quantised"), HasSubstr("the float model that it was made of"));
  EXPECT_THAT(message_of([&] { prune_elements(model, {"magnitude", {{"sparsity", 0.5}}}); }), refused);
  EXPECT_THAT(message_of([&] { prune_channels(model, {"magnitude", {{"sparsity", 0.5}}}); }), refused);
  EXPECT_THAT(message_of([&] { factorize(model, parse_named("svd")); }), refused);
  EXPECT_THAT(message_of([&] { edit(model, {{"activation", "relu=gelu"}}, 1); }), refused);
}

}  // namespace upkeep
