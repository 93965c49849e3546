#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kReshape(
    "FirmwareReshape",
    {R"((float[2,6] x) => (float y) <int64[3] s = {0, 3, -1}> { y = Reshape(x, s) })",
     R"((float[2,3,4] x) => (float y, float z) { a = Relu(x) y = Flatten<axis = 2>(a) z = Flatten<axis = 0>(x) })",
     R"((float[2,1,3] x) => (float y, float z) <int64[1] one = {1}, int64[2] two = {0, -1}> { a = Tanh(x) b = Squeeze(a, one) y = Sigmoid(b) z = Unsqueeze(b, two) })",
     R"((float[4] x) => (float y) { y = Identity(x) })", R"((float[4] x) => (float y) { y = Dropout(x) })",
     R"((float[N,2,3] x) => (float y) <int64[1] zero = {0}> { s = Shape(x) b = Shape<end = 1>(s) e = Exp(x) minus = Constant<value_ints = [-1]>() n = Gather(s, zero) u = Concat<axis = 0>(n, minus) y = Reshape(e, u) z = Identity(b) })"});

}  // namespace

TEST(FirmwareReshape, AnswersAsOnnxRuntime) { kReshape.expect_equal_answers(); }

TEST(FirmwareReshape, RefusesTheMaskOfDropout) {
  const std::string graph = R"((float[4] x) => (float y, bool m) { y, m = Dropout(x) })";
  EXPECT_THAT(message_of([&] { header_of(model_in_short(graph)); }), testing::HasSubstr("second output"));
}

}  // namespace upkeep::firmware
