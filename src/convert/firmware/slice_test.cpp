#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kSlice(
    "FirmwareSlice",
    {R"((float[5,6] x) => (float y) <int64[2] b = {1, 2}, int64[2] e = {4, 6}> { y = Slice(x, b, e) })",
     R"((float[5,6] x) => (float y) <int64[1] b = {-1}, int64[1] e = {-9223372036854775808}, int64[1] a = {1}, int64[1] s = {-1}> { y = Slice(x, b, e, a, s) })",
     R"((float[5,6] x) => (float y) <int64[2] b = {4, 0}, int64[2] e = {0, 100}, int64[2] a = {0, -1}, int64[2] s = {-2, 2}> { y = Slice(x, b, e, a, s) })",
     R"((float[3] x) => (float y) <int64[1] b = {2}, int64[1] e = {1}> { none = Slice(x, b, e) y = Concat<axis = 0>(none, x, none) })"});

}  // namespace

TEST(FirmwareSlice, AnswersAsOnnxRuntime) { kSlice.expect_equal_answers(); }

TEST(FirmwareSlice, NeedsConstantSizes) {
  const std::string graph = R"((float[5] x, int64[1] b) => (float[n] y) <int64[1] e = {3}> { y = Slice(x, b, e) })";
  EXPECT_THAT(message_of([&] { header_of(model_in_short(graph)); }), testing::HasSubstr("known in a run only"));
}

}  // namespace upkeep::firmware
