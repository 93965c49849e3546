#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kConvTranspose(
    "FirmwareConvTranspose",
    {R"((float[1,2,3,3] x, float[2,3,3,3] w, float[3] b) => (float y) { y = ConvTranspose(x, w, b) })",
     R"((float[1,2,3,4] x, float[2,3,3,2] w) => (float y) { y = ConvTranspose<strides = [2, 3], pads = [1, 0, 0, 1], output_padding = [1, 0]>(x, w) })",
     R"((float[1,4,3] x, float[4,2,3] w) => (float y) { y = ConvTranspose<group = 2, dilations = [2]>(x, w) })",
     R"((float[1,2,4,4] x, float[2,1,3,3] w) => (float y) { y = ConvTranspose<strides = [2, 2], auto_pad = "SAME_UPPER">(x, w) })",
     R"((float[1,2,4] x, float[2,1,3] w) => (float y) { y = ConvTranspose<strides = [2], output_shape = [8]>(x, w) })"});

}  // namespace

TEST(FirmwareConvTranspose, AnswersAsOnnxRuntime) { kConvTranspose.expect_equal_answers(); }

}  // namespace upkeep::firmware
