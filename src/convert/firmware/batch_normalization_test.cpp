#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kBatchNormalization(
    "FirmwareBatchNormalization",
    {R"((float[2,3,4] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float y) { p = Abs(v) y = BatchNormalization<epsilon = 0.001>(x, s, b, m, p) })",
     R"((float[2,3] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float y) { p = Abs(v) y = BatchNormalization(x, s, b, m, p) })",
     R"((float[2,3,5,2] x, float[3] s, float[3] b) => (float y) { y = InstanceNormalization(x, s, b) })",
     R"((float[2,4,3] x, float[4] s, float[4] b) => (float y) { y = GroupNormalization<num_groups = 2>(x, s, b) })"});

}  // namespace

TEST(FirmwareBatchNormalization, AnswersAsOnnxRuntime) { kBatchNormalization.expect_equal_answers(); }

TEST(FirmwareBatchNormalization, RefusesTrainingMode) {
  const std::string graph =
      R"((float[2,3] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float y) { y, p, q = BatchNormalization<training_mode = 1>(x, s, b, m, v) })";
  EXPECT_THAT(message_of([&] { header_of(model_in_short(graph)); }), testing::HasSubstr("training mode"));
}

}  // namespace upkeep::firmware
