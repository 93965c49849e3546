#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kGelu("FirmwareGelu", {R"((float[11] x) => (float y) { y = Gelu(x) })",
                                            R"((float[11] x) => (float y) { y = Gelu<approximate = "tanh">(x) })"});

}  // namespace

TEST(FirmwareGelu, AnswersAsOnnxRuntime) { kGelu.expect_equal_answers(); }

}  // namespace upkeep::firmware
