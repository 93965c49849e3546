#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kClip("FirmwareClip",
                           {R"((float[9] x) => (float y) <float low = {-0.5}, float high = {0.25}> { y = Clip(x, low, high) })",
                            R"((float[9] x) => (float y) <float high = {0.25}> { y = Clip(x, , high) })",
                            R"((float[9] x) => (float y) <float low = {0.0}> { y = Clip(x, low) })",
                            R"((float[9] x) => (float y) { y = Clip(x) })", R"((float[9] x, float low) => (float y) { y = Clip(x, low) })",
                            R"((int64[5] x) => (int64 y) <int64 high = {1}> { y = Clip(x, , high) })"});

}  // namespace

TEST(FirmwareClip, AnswersAsOnnxRuntime) { kClip.expect_equal_answers(); }

}  // namespace upkeep::firmware
