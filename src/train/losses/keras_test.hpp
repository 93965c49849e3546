// Test support: losses and their gradients against numbers of Keras 3.15 on TensorFlow 2.21, which were computed once and written down.
#pragma once

#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <vector>

#include "train/losses/loss.hpp"

namespace upkeep::losses {

// Four rows of three, from small to wrong by far.
inline const Tensor kNumbers({4, 3}, std::vector<float>{0.2f, 0.7f, 0.1f, 1.5f, -0.4f, 0.3f, 0.05f, 0.9f, 2.5f, -2, 0.6f, 0.8f});
inline const Tensor kTargets({4, 3}, std::vector<float>{0.1f, 0.9f, 0.3f, 1, 0, 1, 0, 2.5f, 2, 1, 0.5f, -3});
// With 0, with 1, and with rows that do not add up to 1.
inline const Tensor kProbabilities({4, 3}, std::vector<float>{0.2f, 0.7f, 0.1f, 0.5f, 0.1f, 0.4f, 0, 1, 0.3f, 0.25f, 0.6f, 0.4f});
inline const Tensor kDistributions({4, 3}, std::vector<float>{0, 1, 0, 1, 0, 0, 0, 1, 0, 0.2f, 0.3f, 0.5f});
inline const Tensor kLabels({4, 3}, std::vector<float>{0, 1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0});
inline const Tensor kSigns({4, 3}, std::vector<float>{-1, 1, 1, 1, -1, -1, -1, 1, -1, 1, 1, -1});
inline const Tensor kClasses({4}, std::vector<std::int64_t>{1, 0, 1, 2});

// Away from 0 and 1, where Keras cuts probabilities off.
inline const Tensor kInner({4, 3}, std::vector<float>{0.2f, 0.7f, 0.1f, 0.5f, 0.1f, 0.4f, 0.05f, 0.9f, 0.3f, 0.25f, 0.6f, 0.4f});
inline const std::vector<float> kWeights = {0.5f, 2, 3, 0.25f};

// Samples' losses, the loss (with weights, if any) and its gradient with respect to the predictions.
void expect_keras_loss(const std::string& loss, const Tensor& predictions, const Tensor& targets, const std::vector<float>& samples,
                       float total, const std::vector<float>& gradient, const std::vector<float>& weights = {});

// Rows' losses, their mean and its gradient with respect to the predictions; with sizes known, and with a symbolic batch.
void expect_keras(const std::string& loss, const Tensor& predictions, const Tensor& targets, const std::vector<float>& rows,
                  const std::vector<float>& gradient);

// The mean loss, and its gradient, of predictions that come out of an activation (or "").
struct Result {
  float loss = 0;
  std::vector<float> gradient;
};
Result run(const std::string& loss, const Tensor& predictions, const Tensor& targets, const std::string& activation = "");
inline float loss_of(const std::string& loss, const Tensor& predictions, const Tensor& targets, const std::string& activation = "") {
  return run(loss, predictions, targets, activation).loss;
}

}  // namespace upkeep::losses
