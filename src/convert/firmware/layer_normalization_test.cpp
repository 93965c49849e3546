#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kLayerNormalization(
    "FirmwareLayerNormalization",
    {R"((float[2,3,4] x, float[4] s, float[4] b) => (float y) { y = LayerNormalization(x, s, b) })",
     R"((float[2,3,4] x, float[3,4] s) => (float y) { y = LayerNormalization<axis = 1, epsilon = 0.01>(x, s) })",
     R"((float[2,5] x, float[5] s) => (float y, float m, float d) { y, m, d = LayerNormalization(x, s) })",
     R"((float[2,3,4] x) => (float a, float b) { a = LpNormalization<axis = 1>(x) b = LpNormalization<p = 1>(x) })"});

}  // namespace

TEST(FirmwareLayerNormalization, AnswersAsOnnxRuntime) { kLayerNormalization.expect_equal_answers(); }

}  // namespace upkeep::firmware
