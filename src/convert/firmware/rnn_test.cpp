#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kRnn(
    "FirmwareRnn",
    {R"((float[4,2,3] x, float[1,2,3] w, float[1,2,2] r, float[1,4] b) => (float y, float h) { y, h = RNN<hidden_size = 2>(x, w, r, b) })",
     R"((float[4,1,3] x, float[2,2,3] w, float[2,2,2] r) => (float y, float h) { y, h = RNN<hidden_size = 2, direction = "bidirectional", activations = ["Relu", "Softsign"]>(x, w, r) })"});

}  // namespace

TEST(FirmwareRnn, AnswersAsOnnxRuntime) { kRnn.expect_equal_answers(); }

}  // namespace upkeep::firmware
