#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kOneHot(
    "FirmwareOneHot", {R"((int64[5] i) => (float y) <int64 d = {4}, float[2] v = {0.0, 1.0}> { y = OneHot(i, d, v) })",
                       R"((int64[2,2] i) => (float y) <int64 d = {2}, float[2] v = {-1.0, 2.0}> { y = OneHot<axis = 1>(i, d, v) })"});

}  // namespace

TEST(FirmwareOneHot, AnswersAsOnnxRuntime) { kOneHot.expect_equal_answers(); }

}  // namespace upkeep::firmware
