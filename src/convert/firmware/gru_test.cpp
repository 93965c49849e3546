#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kGru(
    "FirmwareGru",
    {R"((float[4,2,3] x, float[1,6,3] w, float[1,6,2] r, float[1,12] b) => (float y, float h) { y, h = GRU<hidden_size = 2>(x, w, r, b) })",
     R"((float[4,2,3] x, float[1,6,3] w, float[1,6,2] r, float[1,12] b, float[1,2,2] h0) => (float y, float h) { y, h = GRU<hidden_size = 2, linear_before_reset = 1, direction = "reverse">(x, w, r, b, , h0) })",
     R"((float[3,1,3] x, float[2,6,3] w, float[2,6,2] r, int32[1] n) => (float y, float h) { y, h = GRU<hidden_size = 2, direction = "bidirectional">(x, w, r, , n) })"});

}  // namespace

TEST(FirmwareGru, AnswersAsOnnxRuntime) { kGru.expect_equal_answers(); }

}  // namespace upkeep::firmware
