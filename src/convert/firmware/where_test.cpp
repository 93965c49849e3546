#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kWhere("FirmwareWhere", {R"((bool[2,3] c, float[2,3] a, float[2,3] b) => (float y) { y = Where(c, a, b) })",
                                              R"((bool[2,1] c, float[3] a, float b) => (float y) { y = Where(c, a, b) })",
                                              R"((bool[3] c, int64[3] a, int64[2,3] b) => (int64 y) { y = Where(c, a, b) })"});

}  // namespace

TEST(FirmwareWhere, AnswersAsOnnxRuntime) { kWhere.expect_equal_answers(); }

}  // namespace upkeep::firmware
