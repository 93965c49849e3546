#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kResize(
    "FirmwareResize",
    {R"((float[1,2,3,4] x) => (float y) <float[4] s = {1.0, 1.0, 2.0, 3.0}> { y = Resize<coordinate_transformation_mode = "asymmetric", nearest_mode = "floor">(x, , s) })",
     R"((float[1,1,5,7] x) => (float y) <int64[4] s = {1, 1, 3, 11}> { y = Resize<mode = "nearest">(x, , , s) })",
     R"((float[1,1,5,7] x) => (float y) <int64[4] s = {1, 1, 8, 11}> { y = Resize<mode = "linear">(x, , , s) })",
     R"((float[1,1,5,7] x) => (float y) <int64[4] s = {1, 1, 8, 4}> { y = Resize<mode = "linear", coordinate_transformation_mode = "align_corners">(x, , , s) })",
     R"((float[1,1,5,6] x) => (float y) <int64[4] s = {1, 1, 9, 4}> { y = Resize<mode = "cubic", cubic_coeff_a = -0.5>(x, , , s) })",
     R"((float[1,1,5,6] x) => (float y) <int64[4] s = {1, 1, 4, 9}> { y = Resize<mode = "nearest", nearest_mode = "ceil", coordinate_transformation_mode = "pytorch_half_pixel">(x, , , s) })"});

}  // namespace

TEST(FirmwareResize, AnswersAsOnnxRuntime) { kResize.expect_equal_answers(); }

TEST(FirmwareResize, RefusesRareSettings) {
  const std::string graph =
      R"((float[1,1,5,6] x) => (float y) <int64[4] s = {1, 1, 4, 4}> { y = Resize<mode = "linear", antialias = 1>(x, , , s) })";
  EXPECT_THAT(message_of([&] { header_of(model_in_short(graph)); }), testing::HasSubstr("antialias"));
}

}  // namespace upkeep::firmware
