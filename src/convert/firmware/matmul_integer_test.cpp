#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kProducts(
    "FirmwareMatMulInteger",
    {R"((float[1,3] x) => (int32 y) <float s = {0.02}, uint8 z = {120}, int8[3,2] w = {1,-2,127,-128,50,60}> { q = QuantizeLinear(x, s, z)  y = MatMulInteger(q, w, z) })",
     R"((float[1,4,3] x) => (int32 y) <float s = {0.02}, uint8 z = {120}, int8[3,2] w = {1,-2,127,-128,50,60}> { q = QuantizeLinear(x, s, z)  y = MatMulInteger(q, w, z) })"});

}  // namespace

TEST(FirmwareMatMulInteger, AnswersAsOnnxRuntime) { kProducts.expect_equal_answers(0); }

}  // namespace upkeep::firmware
