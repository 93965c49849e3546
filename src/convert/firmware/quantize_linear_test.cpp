#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kQuantize(
    "FirmwareQuantize",
    {R"((float[1,50] x) => (uint8 y) <float s = {0.03}, uint8 z = {100}> { y = QuantizeLinear(x, s, z) })",
     R"((float[1,50] x) => (int8 y) <float s = {0.5}, int8 z = {-3}> { y = QuantizeLinear(x, s, z) })",
     R"((float[1,50] x) => (float y) <float s = {0.01}, uint8 z = {128}> { q = QuantizeLinear(x, s, z)  y = DequantizeLinear(q, s, z) })"});

}  // namespace

TEST(FirmwareQuantize, AnswersAsOnnxRuntime) { kQuantize.expect_equal_answers(0); }

}  // namespace upkeep::firmware
