// The class that a model's answer stands for. One rule for tables of answers, confusions and pages.
#pragma once

#include <cstdint>
#include <vector>

#include "train/losses/loss.hpp"

namespace upkeep {

// What the loss that a model with one output was trained with says of its answers.
struct AnswerFacts {
  losses::Classes classes = losses::Classes::kNone;
  double threshold = 0.5;  // one number for a row above it is the second class (Keras: BinaryAccuracy); 0 of logits
};
AnswerFacts answer_facts(const Model& model);

// The class index of each row of `values` [N, ...]: the number itself where the answers are whole numbers, else by the threshold where a
// row has one number, else the place of the largest, the first of equals. -1 where a number is NaN. `rows` is N.
std::vector<std::int64_t> predicted_classes(const Tensor& values, std::size_t rows, double threshold);

}  // namespace upkeep
