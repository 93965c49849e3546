#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kUnary(
    "FirmwareUnary",
    {R"((float[2,7] x) => (float y) { y = Abs(x) })",
     R"((float[2,7] x) => (float y) { y = Asinh(x) })",
     R"((float[2,7] x) => (float y) { y = Atan(x) })",
     R"((float[2,7] x) => (float y) { y = Ceil(x) })",
     R"((float[2,7] x) => (float y) { y = Cos(x) })",
     R"((float[2,7] x) => (float y) { y = Cosh(x) })",
     R"((float[2,7] x) => (float y) { y = Erf(x) })",
     R"((float[2,7] x) => (float y) { y = Exp(x) })",
     R"((float[2,7] x) => (float y) { y = Floor(x) })",
     R"((float[2,7] x) => (float y) { y = HardSigmoid(x) })",
     R"((float[2,7] x) => (float y) { y = HardSwish(x) })",
     R"((float[2,7] x) => (float y) { y = LeakyRelu(x) })",
     R"((float[2,7] x) => (float y) { y = Mish(x) })",
     R"((float[2,7] x) => (float y) { y = Neg(x) })",
     R"((float[2,7] x) => (float y) { y = Reciprocal(x) })",
     R"((float[2,7] x) => (float y) { y = Relu(x) })",
     R"((float[2,7] x) => (float y) { y = Selu(x) })",
     R"((float[2,7] x) => (float y) { y = Shrink(x) })",
     R"((float[2,7] x) => (float y) { y = Sigmoid(x) })",
     R"((float[2,7] x) => (float y) { y = Sign(x) })",
     R"((float[2,7] x) => (float y) { y = Sin(x) })",
     R"((float[2,7] x) => (float y) { y = Sinh(x) })",
     R"((float[2,7] x) => (float y) { y = Softplus(x) })",
     R"((float[2,7] x) => (float y) { y = Softsign(x) })",
     R"((float[2,7] x) => (float y) { y = Tan(x) })",
     R"((float[2,7] x) => (float y) { y = Tanh(x) })",
     R"((float[2,7] x) => (float y) { y = ThresholdedRelu(x) })",
     R"((float[2,7] x) => (float y) { y = Elu(x) })",
     R"((float[2,7] x) => (float y) { y = Celu(x) })",
     R"((float[2,7] x) => (float y) { y = Round(x) })",
     R"((float[2,7] x) => (bool y) { y = IsNaN(x) })",
     R"((float[9] x) => (float y) { a = Abs(x) s = Sqrt(a) y = Log(s) })",
     R"((float[9] x) => (float a, float b, float c, float d) { t = Tanh(x) a = Asin(t) b = Acos(t) c = Atanh(t) e = Cosh(x) d = Acosh(e) })",
     R"((float[9] x) => (float a, float b, float c, float d, float e) { a = LeakyRelu<alpha = 0.3>(x) b = Elu<alpha = 1.5>(x) c = Celu<alpha = 2.0>(x) d = HardSigmoid<alpha = 0.5, beta = 0.3>(x) e = Shrink<bias = 0.1, lambd = 0.2>(x) })",
     R"((double[9] x) => (double a, double b) { a = Exp(x) b = Tanh(x) })",
     R"((int64[9] x) => (int64 y) { a = Neg(x) y = Abs(a) })",
     R"((bool[3] x) => (bool y) { y = Not(x) })"});

}  // namespace

TEST(FirmwareUnary, AnswersAsOnnxRuntime) { kUnary.expect_equal_answers(); }

}  // namespace upkeep::firmware
