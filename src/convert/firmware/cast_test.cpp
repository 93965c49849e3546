#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kCast(
    "FirmwareCast",
    {R"((float[9] x) => (int64 a, int32 b, double c, bool d) { a = Cast<to = 7>(x) b = Cast<to = 6>(x) c = Cast<to = 11>(x) d = Cast<to = 9>(x) })",
     R"((int64[9] x) => (float a, int32 b, bool c) { a = Cast<to = 1>(x) b = Cast<to = 6>(x) c = Cast<to = 9>(x) })",
     R"((bool[5] x) => (float a, int64 b) { a = Cast<to = 1>(x) b = Cast<to = 7>(x) })",
     R"((double[5] x, float[1] like) => (float a) { a = CastLike(x, like) })"});

}  // namespace

TEST(FirmwareCast, AnswersAsOnnxRuntime) { kCast.expect_equal_answers(); }

}  // namespace upkeep::firmware
