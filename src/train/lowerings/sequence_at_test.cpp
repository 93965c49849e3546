#include <gmock/gmock.h>

#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {
namespace {

void expect_sequences(const std::string& text) {
  SCOPED_TRACE(text);
  const Model model = gradients::double_model("g (double[4, 3] x, double[4, 3] z) => (double y) {" + text + "}");
  const Tensors inputs = {{"x", gradients::random_tensor({4, 3})}, {"z", gradients::random_tensor({4, 3}, {.seed = 2})}};
  EXPECT_MODEL_GRADIENTS(model, inputs);
}

TEST(SequenceLowering, HasGradientsThroughElements) {
  expect_sequences(R"(one = Constant <value = int64 {1}> () minus = Constant <value = int64 {-2}> ()
    s = SequenceConstruct (x, z) a = SequenceAt (s, one) b = SequenceAt (s, minus) c = Mul (a, b) d = Mul (c, b) y = ReduceSum <keepdims = 0> (d))");
  expect_sequences(R"(zero = Constant <value = int64 {0}> () e = SequenceEmpty <dtype = 11> () f = SequenceInsert (e, x)
    g = SequenceInsert (f, z, zero) q = Sin (x) h = SequenceInsert (g, q) i = SequenceErase (h, zero) j = SequenceErase (i)
    a = SequenceAt (j, zero) b = Mul (a, z) y = ReduceSum <keepdims = 0> (b))");
}

TEST(SequenceLowering, HasGradientsThroughParts) {
  expect_sequences(
      R"(s = SequenceConstruct (x, z, x) a = ConcatFromSequence <axis = 1> (s) b = Mul (a, a) y = ReduceSum <keepdims = 0> (b))");
  expect_sequences(R"(s = SequenceConstruct (x, z) a = ConcatFromSequence <axis = -1, new_axis = 1> (s) b = Mul (a, a) c = Mul (b, a)
    y = ReduceSum <keepdims = 0> (c))");
  expect_sequences(
      R"(one = Constant <value = int64 {1}> () two = Constant <value = int64 {2}> () sizes = Constant <value = int64[2] {1, 3}> ()
    r = SplitToSequence <axis = 1, keepdims = 0> (x) s = SplitToSequence <axis = 1> (z, two) t = SplitToSequence (x, sizes)
    a = SequenceAt (r, one) b = SequenceAt (s, one) c = SequenceAt (t, one) d = ReduceSum <keepdims = 0> (c) e = Mul (b, b) f = Mul (a, a)
    g = ReduceSum <keepdims = 0> (e) h = ReduceSum <keepdims = 0> (f) i = Mul (d, g) y = Add (i, h))");
}

TEST(SequenceLowering, RefusesPlacesThatAreNotThere) {
  const Model model = gradients::double_model(R"(g (double[4, 3] x) => (double y) {
    zero = Constant <value = int64 {0}> () e = SequenceEmpty <dtype = 11> () s = SequenceErase (e) a = SequenceAt (s, zero) b = Mul (a, x)
    y = ReduceSum <keepdims = 0> (b) })");
  EXPECT_THAT([&] { written_out(model); }, testing::ThrowsMessage<Error>(testing::HasSubstr("place -1 in SequenceErase of 0 places")));
}

TEST(SequenceLowering, SaysWhatIsNotKnown) {
  const Model model = gradients::double_model(R"(g (double[4, 3] x, int64 i) => (double y) {
    s = SequenceConstruct (x, x) a = SequenceAt (s, i) y = ReduceSum <keepdims = 0> (a) })");
  EXPECT_THAT([&] { gradients::with_gradients(model, {{"x", gradients::random_tensor({4, 3})}, {"i", Tensor::scalar(std::int64_t{0})}}); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("the place in SequenceAt is no constant")));
}

}  // namespace
}  // namespace upkeep::lowerings
