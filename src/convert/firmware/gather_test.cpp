#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kGather("FirmwareGather", {R"((float[4,3] x, int64[2,2] i) => (float y) { y = Gather(x, i) })",
                                                R"((float[2,4,3] x, int32[2] i) => (float y) { y = Gather<axis = 1>(x, i) })",
                                                R"((float[2,4] x, int64 i) => (float y) { y = Gather<axis = -1>(x, i) })",
                                                R"((float[4,3] x) => (float y) <int64[2] i = {-1, -4}> { y = Gather(x, i) })",
                                                R"((float[3,4] x, int64[2,4] i) => (float y) { y = GatherElements<axis = 0>(x, i) })",
                                                R"((float[3,4] x, int64[3,2] i) => (float y) { y = GatherElements<axis = 1>(x, i) })"});

}  // namespace

TEST(FirmwareGather, AnswersAsOnnxRuntime) { kGather.expect_equal_answers(); }

}  // namespace upkeep::firmware
