#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

struct LossCase {
  std::string what;
  Shape x;  // [N, C, ...]
  std::vector<std::int64_t> labels;
  std::vector<Attribute> attributes = {};
};

const std::vector<LossCase> kLosses = {
    {"rows", {3, 4}, {2, 0, 3}},
    {"rows, some ignored", {4, 3}, {2, 0, 1, 0}, {{"ignore_index", std::int64_t{0}}}},
    {"rows, ignored outside of the classes", {3, 3}, {-1, 2, -1}, {{"ignore_index", std::int64_t{-1}}}},
    {"images", {2, 3, 2, 2}, {0, 1, 2, 2, 1, 1, 0, 2}},
    {"sequences, some ignored", {2, 3, 2}, {0, 1, 2, 1}, {{"ignore_index", std::int64_t{1}}}},
};

Tensor labels_of(const LossCase& one) {
  Shape shape = one.x;
  shape.erase(shape.begin() + 1);
  return Tensor(shape, one.labels);
}

void expect_loss_gradients(const std::string& op, std::size_t outputs) {
  for (const LossCase& one : kLosses) {
    for (const std::string reduction : {"mean", "sum", "none"}) {
      SCOPED_TRACE(op + ", " + one.what + ", " + reduction);
      std::vector<Attribute> attributes = one.attributes;
      attributes.push_back({"reduction", reduction});
      const Tensor x = random_tensor(one.x, {.low = -2, .high = 2});
      const Tensor weights = random_tensor({one.x[1]}, {.low = 0.5, .high = 2, .seed = 3});
      EXPECT_GRADIENT(op, {x, labels_of(one)}, attributes, outputs);
      EXPECT_GRADIENT(op, {x, labels_of(one), weights}, attributes, outputs);
      EXPECT_GRADIENT(op, {x, labels_of(one).cast(DType::kInt32), fixed(weights)}, attributes);
    }
  }
}

TEST(SoftmaxCrossEntropyLossGradient, MatchesFiniteDifferences) { expect_loss_gradients("SoftmaxCrossEntropyLoss", 1); }

TEST(SoftmaxCrossEntropyLossGradient, ComesFromTheLogProbabilitiesToo) { expect_loss_gradients("SoftmaxCrossEntropyLoss", 2); }

TEST(NegativeLogLikelihoodLossGradient, MatchesFiniteDifferences) { expect_loss_gradients("NegativeLogLikelihoodLoss", 1); }

TEST(SoftmaxCrossEntropyLossGradient, HasAGradientItself) {
  const Tensor weights = random_tensor({3}, {.low = 0.5, .high = 2, .seed = 3});
  EXPECT_SECOND_GRADIENT("SoftmaxCrossEntropyLoss", {random_tensor({2, 3}), ints({2, 0}), weights});
  EXPECT_SECOND_GRADIENT("NegativeLogLikelihoodLoss", {random_tensor({2, 3}), ints({2, 0}), weights});
}

TEST(SoftmaxCrossEntropyLossGradient, ComesFromTheLogProbabilitiesAlone) {
  const Expression log_prob = [](Ops& ops, const std::vector<Value>& inputs) {
    return std::vector<Value>{ops.nodes("SoftmaxCrossEntropyLoss", inputs, 2)[1]};
  };
  EXPECT_GRADIENT(log_prob, {random_tensor({2, 3}), ints({2, 0})});
}

}  // namespace
}  // namespace upkeep::gradients
