#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kConv(
    "FirmwareConv",
    {R"((float[1,2,5,5] x, float[3,2,3,3] w, float[3] b) => (float y) { y = Conv(x, w, b) })",
     R"((float[2,2,6,5] x, float[4,2,3,2] w) => (float y) { y = Conv<pads = [1, 0, 2, 1], strides = [2, 1]>(x, w) })",
     R"((float[1,4,6,6] x, float[6,2,3,3] w, float[6] b) => (float y) { y = Conv<group = 2, dilations = [2, 1], pads = [2, 1, 2, 1]>(x, w, b) })",
     R"((float[1,3,6,6] x, float[3,1,3,3] w) => (float y) { y = Conv<group = 3, pads = [1, 1, 1, 1]>(x, w) })",
     R"((float[1,2,9] x, float[3,2,4] w) => (float y) { y = Conv<auto_pad = "SAME_UPPER", strides = [2]>(x, w) })",
     R"((float[1,2,9] x, float[3,2,4] w) => (float y) { y = Conv<auto_pad = "SAME_LOWER">(x, w) })",
     R"((float[1,1,3,4,3] x, float[2,1,2,2,2] w) => (float y) { y = Conv<pads = [1, 1, 1, 0, 0, 0]>(x, w) })",
     R"((float[1,3,4,4] x, float[2,3,1,1] w) => (float y) { y = Conv(x, w) })",
     R"((float[1,1,2,2] x, float[1,1,5,5] w) => (float y) { y = Conv<pads = [4, 4, 4, 4]>(x, w) })"});

}  // namespace

TEST(FirmwareConv, AnswersAsOnnxRuntime) { kConv.expect_equal_answers(); }

}  // namespace upkeep::firmware
