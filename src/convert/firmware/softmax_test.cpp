#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kSoftmax("FirmwareSoftmax",
                              {R"((float[2,5] x) => (float y) { y = Softmax(x) })",
                               R"((float[2,3,4] x) => (float y) { y = Softmax<axis = 1>(x) })",
                               R"((float[3,4] x) => (float y) { y = Softmax<axis = 0>(x) })",
                               R"((float[2,5] x) => (float y) { y = LogSoftmax(x) })",
                               R"((float[2,3,4] x) => (float y) { y = LogSoftmax<axis = -2>(x) })",
                               R"((float[2,3] x) => (float y) <float huge = {1e4}> { a = Mul(x, huge) y = Softmax(a) })"});

}  // namespace

TEST(FirmwareSoftmax, AnswersAsOnnxRuntime) { kSoftmax.expect_equal_answers(); }

}  // namespace upkeep::firmware
