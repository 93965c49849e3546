#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kExpand("FirmwareExpand", {R"((float[2,1,3] x) => (float y) <int64[3] s = {2, 4, 1}> { y = Expand(x, s) })",
                                                R"((float[3] x) => (float y) <int64[2] s = {2, 3}> { y = Expand(x, s) })",
                                                R"((float[2,3] x) => (float y) <int64[2] r = {2, 3}> { y = Tile(x, r) })",
                                                R"((bool[1,2] x) => (bool y) <int64[2] s = {3, 2}> { y = Expand(x, s) })"});

}  // namespace

TEST(FirmwareExpand, AnswersAsOnnxRuntime) { kExpand.expect_equal_answers(); }

}  // namespace upkeep::firmware
