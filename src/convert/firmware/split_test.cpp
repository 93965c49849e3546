#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kSplit("FirmwareSplit",
                            {R"((float[2,5] x) => (float a, float b) <int64[2] s = {2, 3}> { a, b = Split<axis = 1>(x, s) })",
                             R"((float[7,2] x) => (float a, float b, float c) { a, b, c = Split<axis = 0, num_outputs = 3>(x) })",
                             R"((float[2,6] x) => (float c) { a, b, c = Split<axis = 1, num_outputs = 3>(x) })"});

}  // namespace

TEST(FirmwareSplit, AnswersAsOnnxRuntime) { kSplit.expect_equal_answers(); }

}  // namespace upkeep::firmware
