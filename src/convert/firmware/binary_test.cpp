#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kBinary(
    "FirmwareBinary",
    {R"((float[2,3] a, float[2,3] b) => (float y) { y = Add(a, b) })",
     R"((float[2,3] a, float[2,3] b) => (float y) { y = Sub(a, b) })",
     R"((float[2,3] a, float[2,3] b) => (float y) { y = Mul(a, b) })",
     R"((float[2,3] a, float[2,3] b) => (float y) { y = Div(a, b) })",
     R"((float[2,3] a, float[2,3] b) => (float y) { y = Max(a, b) })",
     R"((float[2,3] a, float[2,3] b) => (float y) { y = Min(a, b) })",
     R"((float[2,3] a, float[2,3] b) => (float y) { y = Sum(a, b) })",
     R"((float[2,3] a, float[2,3] b) => (float y) { y = Mean(a, b) })",
     R"((float[2,3] a, float[2,3] b) => (float y) { y = PRelu(a, b) })",
     R"((float[2,3,4] a, float[3,1] b) => (float y) { y = Add(a, b) })",
     R"((float[2,3,4] a, float[3,1] b) => (float y) { y = Sub(a, b) })",
     R"((float[2,3,4] a, float[3,1] b) => (float y) { y = Mul(a, b) })",
     R"((float[2,3,4] a, float[3,1] b) => (float y) { y = PRelu(a, b) })",
     R"((float[4] a, float[2,3,4] b) => (float y) { y = Sub(a, b) })",
     R"((float[2,1] a, float[1,3] b) => (float y) { y = Div(a, b) })",
     R"((float a, float[2,2] b) => (float y) { y = Mul(a, b) })",
     R"((float[2,2] a, float b, float[2] c) => (float x, float y, float z) { x = Max(a, b, c) y = Mean(a, b, c) z = Sum(c) })",
     R"((float[5] a, float[5] b) => (float y) { c = Abs(a) y = Pow(c, b) })",
     R"((float[5] a, float[5] b) => (bool y) { y = Greater(a, b) })",
     R"((float[5] a, float[5] b) => (bool y) { y = GreaterOrEqual(a, b) })",
     R"((float[5] a, float[5] b) => (bool y) { y = Less(a, b) })",
     R"((float[5] a, float[5] b) => (bool y) { y = LessOrEqual(a, b) })",
     R"((int64[2,3] a, int64[3] b) => (bool y) { y = Equal(a, b) })",
     R"((bool[5] a, bool[5] b) => (bool y) { y = And(a, b) })",
     R"((bool[5] a, bool[5] b) => (bool y) { y = Or(a, b) })",
     R"((bool[5] a, bool[5] b) => (bool y) { y = Xor(a, b) })",
     R"((int64[5] a, int64[5] b) => (int64 s, int64 m, int64 d, int64 r) <int64[1] one = {1}> { c = Add(b, one) n = Neg(a) s = Sub(a, b) m = Max(a, b) d = Div(n, c) r = Mod(n, c) })",
     R"((float[5] a, float[5] b) => (float y) { y = Mod<fmod = 1>(a, b) })"});

}  // namespace

TEST(FirmwareBinary, AnswersAsOnnxRuntime) { kBinary.expect_equal_answers(); }

}  // namespace upkeep::firmware
