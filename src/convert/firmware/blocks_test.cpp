#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kBlocks("FirmwareBlocks", {R"((float[1,8,2,3] x) => (float y) { y = DepthToSpace<blocksize = 2>(x) })",
                                                R"((float[1,8,2,3] x) => (float y) { y = DepthToSpace<blocksize = 2, mode = "CRD">(x) })",
                                                R"((float[1,2,4,6] x) => (float y) { y = SpaceToDepth<blocksize = 2>(x) })"});

}  // namespace

TEST(FirmwareBlocks, AnswersAsOnnxRuntime) { kBlocks.expect_equal_answers(); }

}  // namespace upkeep::firmware
