#include "graph/text_numbers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

using testing::ElementsAreArray;
using testing::HasSubstr;

TEST(TextNumbers, LeaveOtherTextAsItIs) {
  for (const char* text :
       {"y = Add (x, w1)  # 1e-400", "<a = 1, b = -2.5e-3, c = [1e-30], s = \"1e-40 \\\" 0x1p3\">", "float[1] w = {0.0, inf}", ""})
    EXPECT_EQ(readable_numbers(text), text);
}

TEST(TextNumbers, AreReadBackWhateverTheirSize) {
  constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
  const std::vector<float> floats{kSmallest, -1e-40F, 3e-39F, std::numeric_limits<float>::min(), 1e38F, 0.0F};
  const std::vector<double> doubles{5e-324, -1e-310, 1e-40, 1e308};
  Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[6] x, double[4] z) => (float[6] y, double[4] u) { y = Identity(x) u = Identity(z) })");
  model.graph.initializers = {{"x", Tensor({6}, floats)}, {"z", Tensor({4}, doubles)}};
  const Model back = model_from_text(model_to_text(model));
  EXPECT_THAT(back.graph.initializer("x")->floats(), ElementsAreArray(floats));
  EXPECT_THAT(back.graph.initializer("z")->data<double>(), ElementsAreArray(doubles));
}

TEST(TextNumbers, OfAttributesMayBeSubnormalOrHexadecimal) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N] x) => (float[N] y, float[N] z) { y = LeakyRelu<alpha = 1e-42>(x) z = LeakyRelu<alpha = -0x1.8p-3>(x) })");
  EXPECT_EQ(model.graph.nodes[0].get<float>("alpha", 0), 1e-42F);
  EXPECT_EQ(model.graph.nodes[1].get<float>("alpha", 0), -0.1875F);
}

TEST(TextNumbers, ThatAreTooLargeAreNamed) {
  EXPECT_THAT(message_of([] { readable_numbers("<alpha = 1e39>"); }), HasSubstr("the number 1e39 is too large for float32"));
  EXPECT_EQ(readable_numbers("double[1] w = {1e39}"), "double[1] w = {1e39}");
}

}  // namespace upkeep
