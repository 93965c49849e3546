#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kPad("FirmwarePad",
                          {R"((float[2,3] x) => (float y) <int64[4] p = {1, 0, 0, 2}> { y = Pad(x, p) })",
                           R"((float[2,3] x) => (float y) <int64[4] p = {0, 1, 1, 1}, float v = {7.5}> { y = Pad(x, p, v) })",
                           R"((float[3,4] x) => (float y) <int64[4] p = {2, 1, 1, 3}> { y = Pad<mode = "reflect">(x, p) })",
                           R"((float[3,4] x) => (float y) <int64[4] p = {2, 1, 1, 3}> { y = Pad<mode = "edge">(x, p) })",
                           R"((float[3,4] x) => (float y) <int64[4] p = {2, 1, 1, 3}> { y = Pad<mode = "wrap">(x, p) })",
                           R"((float[3,4] x) => (float y) <int64[4] p = {-1, 1, 0, -2}> { y = Pad(x, p) })",
                           R"((float[3,4] x) => (float y) <int64[2] p = {1, 2}, int64[1] a = {-1}> { y = Pad(x, p, , a) })"});

}  // namespace

TEST(FirmwarePad, AnswersAsOnnxRuntime) { kPad.expect_equal_answers(); }

}  // namespace upkeep::firmware
