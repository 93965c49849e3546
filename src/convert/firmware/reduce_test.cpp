#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kReduce(
    "FirmwareReduce",
    {R"((float[2,3,4] x) => (float y) <int64[1] a = {1}> { y = ReduceSum(x, a) })",
     R"((float[2,3,4] x) => (float y) <int64[1] a = {1}> { y = ReduceMean(x, a) })",
     R"((float[2,3,4] x) => (float y) <int64[1] a = {1}> { y = ReduceMax(x, a) })",
     R"((float[2,3,4] x) => (float y) <int64[1] a = {1}> { y = ReduceMin(x, a) })",
     R"((float[2,3,4] x) => (float y) <int64[1] a = {1}> { y = ReduceProd(x, a) })",
     R"((float[2,3,4] x) => (float y) <int64[1] a = {1}> { y = ReduceL1(x, a) })",
     R"((float[2,3,4] x) => (float y) <int64[1] a = {1}> { y = ReduceL2(x, a) })",
     R"((float[2,3,4] x) => (float y) <int64[1] a = {1}> { y = ReduceSumSquare(x, a) })",
     R"((float[2,3,4] x) => (float y) <int64[1] a = {1}> { y = ReduceLogSumExp(x, a) })",
     R"((float[2,3,4] x) => (float y) <int64[2] a = {0, -1}> { y = ReduceMean<keepdims = 0>(x, a) })",
     R"((float[2,3] x) => (float y) { y = ReduceSum(x) })", R"((float[2,3] x) => (float y) { y = ReduceMax<keepdims = 0>(x) })",
     R"((float[2,3] x) => (float y) <int64[1] a = {1}> { e = Exp(x) y = ReduceLogSum(e, a) })",
     R"((float[2,3] x) => (float y) { y = ReduceSum<noop_with_empty_axes = 1>(x) })",
     R"((int64[2,3] x) => (int64 a, int64 b) <int64[1] one = {1}> { a = ReduceSum(x, one) b = ReduceMax(x, one) })",
     R"((float[3,5] x) => (int64 a, int64 b, int64 c) { a = ArgMax<axis = 1>(x) b = ArgMin<axis = 0, keepdims = 0>(x) c = ArgMax<axis = -1>(x) })",
     R"((int64[8] x) => (int64 a, int64 b) { a = ArgMax(x) b = ArgMax<select_last_index = 1>(x) })"});

}  // namespace

TEST(FirmwareReduce, AnswersAsOnnxRuntime) { kReduce.expect_equal_answers(); }

}  // namespace upkeep::firmware
