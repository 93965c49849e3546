// The class that a model's answer stands for. One rule for tables of answers, metrics, confusions and pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "train/losses/loss.hpp"
#include "upkeep/signature.hpp"

namespace upkeep {

// What is known of an output's answers: by the signature, and by the loss that it was trained with.
struct AnswerFacts {
  losses::Classes classes = losses::Classes::kNone;  // what the loss says
  Answer answer = Answer::kTensor;                   // what the signature says
  double threshold = 0.5;                            // one number for a row above it is the second class; 0 of logits
  bool logits = false;                               // scores are logits, not probabilities
};
// Of an output; without a name of the one that targets are compared with.
AnswerFacts answer_facts(const Model& model, std::string_view output = {});

// Whether an output's one number is a probability, not a logit: by its loss, else by the sigmoid that gives it; nullopt: not known.
std::optional<bool> gives_probabilities(const Model& model, const std::string& output);

// The threshold in the precision of scores of that type: float32 scores are compared with a float32, as Keras does.
double threshold_for(DType scores, double threshold);

// The class index of each row of `values` [N, ...]: the number itself where the answers are whole numbers, else by the threshold where a
// row has one number, else the place of the largest, the first of equals. -1 where a number is NaN. `rows` is N.
std::vector<std::int64_t> predicted_classes(const Tensor& values, std::size_t rows, double threshold);
// Classes by their names, or as their indices where they have none; "" of -1.
std::vector<std::string> named_classes(const std::vector<std::int64_t>& classes, const std::vector<std::string>& names);

}  // namespace upkeep
