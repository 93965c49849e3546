#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kPool(
    "FirmwarePool",
    {R"((float[1,2,6,6] x) => (float y) { y = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(x) })",
     R"((float[2,1,5,7] x) => (float y) { y = MaxPool<kernel_shape = [3, 2], strides = [2, 1], pads = [1, 0, 1, 1], dilations = [1, 2]>(x) })",
     R"((float[1,1,7] x) => (float y) { y = MaxPool<kernel_shape = [3], strides = [2], ceil_mode = 1>(x) })",
     R"((float[1,2,6,6] x) => (float y) { y = AveragePool<kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]>(x) })",
     R"((float[1,2,6,6] x) => (float y) { y = AveragePool<kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], count_include_pad = 1>(x) })",
     R"((float[1,2,5] x) => (float y) { y = AveragePool<kernel_shape = [2], auto_pad = "SAME_UPPER", strides = [2]>(x) })",
     R"((float[2,3,4,5] x) => (float a, float b) { a = GlobalAveragePool(x) b = GlobalMaxPool(x) })"});

}  // namespace

TEST(FirmwarePool, AnswersAsOnnxRuntime) { kPool.expect_equal_answers(); }

TEST(FirmwarePool, RefusesPlacesOfTheLargest) {
  const std::string graph = R"((float[1,1,4,4] x) => (float y, int64 i) { y, i = MaxPool<kernel_shape = [2, 2]>(x) })";
  EXPECT_THAT(message_of([&] { header_of(model_in_short(graph)); }), testing::HasSubstr("MaxPool with indices"));
}

}  // namespace upkeep::firmware
