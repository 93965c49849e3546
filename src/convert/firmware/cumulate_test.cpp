#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kCumSum("FirmwareCumSum",
                             {R"((float[3,4] x) => (float y) <int64 a = {1}> { y = CumSum(x, a) })",
                              R"((float[3,4] x) => (float y) <int64 a = {0}> { y = CumSum<reverse = 1>(x, a) })",
                              R"((float[3,4] x) => (float y) <int64 a = {-1}> { y = CumSum<exclusive = 1>(x, a) })",
                              R"((int64[3,4] x) => (int64 y) <int64 a = {1}> { y = CumSum<exclusive = 1, reverse = 1>(x, a) })"});

}  // namespace

TEST(FirmwareCumSum, AnswersAsOnnxRuntime) { kCumSum.expect_equal_answers(); }

}  // namespace upkeep::firmware
