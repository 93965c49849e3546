#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kTopK("FirmwareTopK",
                           {R"((float[3,5] x) => (float v, int64 i) <int64[1] k = {3}> { v, i = TopK(x, k) })",
                            R"((float[5,3] x) => (float v, int64 i) <int64[1] k = {2}> { v, i = TopK<axis = 0, largest = 0>(x, k) })",
                            R"((int64[2,6] x) => (int64 v, int64 i) <int64[1] k = {6}> { v, i = TopK<largest = 0>(x, k) })",
                            R"((float[7] x) => (int64 i) <int64[1] k = {7}> { v, i = TopK(x, k) })"});

}  // namespace

TEST(FirmwareTopK, AnswersAsOnnxRuntime) { kTopK.expect_equal_answers(); }

}  // namespace upkeep::firmware
