#include "explain/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "graph/signature.hpp"

namespace upkeep::explain {

static Subject subject_of(Answer answer, Scale scale = Scale::kOutput) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    net (float[N, 2] x) => (float[N, 2] y)
    { y = Identity(x) })");
  Signature signature = signature_of(model);
  signature.outputs[0].answer = answer;
  set_signature(model, signature);
  return Subject(std::make_shared<const Model>(std::move(model)), {.scale = scale});
}

TEST(Judge, IsSmallerWhereAnswersAreBetter) {
  const Subject numbers = subject_of(Answer::kNumber);
  const auto squared = loss_beside(numbers, Tensor({2, 2}, std::vector<float>{1, 2, 3, 4}));
  EXPECT_DOUBLE_EQ(squared({1, 2, 3, 6}), 1);  // 2^2 over four numbers
  const Subject classes = subject_of(Answer::kClasses);
  const auto wrong = loss_beside(classes, Tensor({2, 1}, std::vector<std::int64_t>{0, 1}));
  EXPECT_DOUBLE_EQ(wrong({0.9, 0.1, 0.8, 0.2}), -0.5);
  EXPECT_DOUBLE_EQ(wrong({0.9, 0.1, 0.2, 0.8}), -1);
}

TEST(Judge, NeedsTheTruthAndTheScaleOfTheOutput) {
  const Subject numbers = subject_of(Answer::kNumber);
  EXPECT_THAT(message_of([&] { loss_beside(numbers, Tensor()); }), testing::HasSubstr("the column with the truth"));
  const Subject logits = subject_of(Answer::kNumber, Scale::kLogit);
  EXPECT_THAT(message_of([&] { loss_beside(logits, Tensor({1, 2}, std::vector<float>{1, 2})); }), testing::HasSubstr("not their logits"));
}

}  // namespace upkeep::explain
