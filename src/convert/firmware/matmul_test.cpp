#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kMatMul(
    "FirmwareMatMul",
    {R"((float[2,3] a, float[3,4] b) => (float y) { y = MatMul(a, b) })", R"((float[3] a, float[3,4] b) => (float y) { y = MatMul(a, b) })",
     R"((float[2,3] a, float[3] b) => (float y) { y = MatMul(a, b) })", R"((float[3] a, float[3] b) => (float y) { y = MatMul(a, b) })",
     R"((float[2,1,2,3] a, float[4,3,2] b) => (float y) { y = MatMul(a, b) })",
     R"((float[5,2,3] a, float[3,2] b) => (float y) { y = MatMul(a, b) })",
     R"((double[2,3] a, double[3,4] b) => (double y) { y = MatMul(a, b) })",
     R"((float[2,3] a, float[3,4] b, float[4] c) => (float y) { y = Gemm(a, b, c) })",
     R"((float[3,2] a, float[4,3] b, float[2,1] c) => (float y) { y = Gemm<transA = 1, transB = 1, alpha = 0.5, beta = 2.0>(a, b, c) })",
     R"((float[2,3] a, float[4,3] b) => (float y) { y = Gemm<transB = 1>(a, b) })"});

}  // namespace

TEST(FirmwareMatMul, AnswersAsOnnxRuntime) { kMatMul.expect_equal_answers(); }

}  // namespace upkeep::firmware
