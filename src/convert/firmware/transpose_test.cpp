#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kTranspose("FirmwareTranspose", {R"((float[2,3,4] x) => (float y) { y = Transpose(x) })",
                                                      R"((float[2,3,4] x) => (float y) { y = Transpose<perm = [1, 0, 2]>(x) })",
                                                      R"((float[2,3,4] x) => (float y) { y = Transpose<perm = [0, 2, 1]>(x) })",
                                                      R"((float[2,1,3,2] x) => (float y) { y = Transpose<perm = [0, 2, 3, 1]>(x) })",
                                                      R"((int64[2,3] x) => (int64 y) { y = Transpose(x) })"});

}  // namespace

TEST(FirmwareTranspose, AnswersAsOnnxRuntime) { kTranspose.expect_equal_answers(); }

}  // namespace upkeep::firmware
