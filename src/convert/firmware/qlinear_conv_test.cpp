#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

std::string conv(const std::string& attributes, const std::string& input, const std::string& weights, const std::string& scales,
                 const std::string& zeros, const std::string& bias) {
  return "(float" + input + " x) => (uint8 y) <float s = {0.02}, uint8 z = {120}, " + weights + ", " + scales + ", " + zeros +
         ", float t = {0.1}, uint8 u = {30}" + bias + "> { q = QuantizeLinear(x, s, z)  y = QLinearConv" + attributes +
         "(q, s, z, w, v, o, t, u" + (bias.empty() ? "" : ", b") + ") }";
}

const CompiledGraphs kIntegerConv(
    "FirmwareQLinearConv",
    {conv("<pads = [1, 1, 1, 1], strides = [2, 1]>", "[1,2,5,4]",
          "int8[2,2,3,3] w = {1,-2,3,-4,5,-6,7,-8,9,10,-20,30,-40,50,-60,70,-80,90,1,2,3,4,5,6,7,8,9,-128,127,0,1,2,3,4,5,6}",
          "float[2] v = {0.01, 0.02}", "int8[2] o = {0, 0}", ", int32[2] b = {1000, -5000}"),
     conv("<group = 3, auto_pad = \"SAME_UPPER\">", "[1,3,4,4]", "int8[3,1,2,2] w = {1,2,3,4,-5,-6,-7,-8,100,50,-50,-100}",
          "float v = {0.05}", "int8 o = {0}", "")});

}  // namespace

TEST(FirmwareQLinearConv, AnswersAsOnnxRuntimeToTheBit) { kIntegerConv.expect_equal_answers(0); }

}  // namespace upkeep::firmware
