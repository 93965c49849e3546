#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kConcat("FirmwareConcat",
                             {R"((float[2,1,3] a, float[2,4,3] b, float[2,2,3] c) => (float y) { y = Concat<axis = 1>(a, b, c) })",
                              R"((float[2,3] a) => (float y) { y = Concat<axis = -1>(a, a) })",
                              R"((int64[2] a, int64[3] b) => (int64 y) { y = Concat<axis = 0>(a, b) })"});

}  // namespace

TEST(FirmwareConcat, AnswersAsOnnxRuntime) { kConcat.expect_equal_answers(); }

}  // namespace upkeep::firmware
