// Distillation (Hinton, Vinyals and Dean 2015): a small model, the student, learns from the labels and from the answers of a large one, the
// teacher, which stands frozen in the training graph and answers the same batch.
//
//   loss = label_weight * L(labels, student) + (1 - label_weight) * (T^2 * KL(softmax(teacher / T) || softmax(student / T)) + features)
//   features = match_weight * sum over pairs of layers of the mean of (teacher's values - P(student's values))^2
//
// P is the identity, or, where the student's layer is of another width, a linear projection that learns too and is left out in the end
// (FitNets: Romero et al. 2015).
//
// Answers that are probabilities are taken back to logits: softmax(log p / T) is that of the logits. Of one probability, or several that
// answer a question each, it is KL of yes and no; of numbers, the mean squared difference.
#pragma once

#include <string>
#include <vector>

#include "data/table.hpp"
#include "graph/graph.hpp"
#include "train/trainer.hpp"

namespace upkeep {

// Layers whose values are brought together; all axes but the last are equal.
struct MatchedLayers {
  std::string student;
  std::string teacher;
};

struct DistillOptions {
  double temperature = 3;                   // Keras: LogitsDistillation
  double label_weight = 0.5;                // of the labels in the loss; Keras: student_loss_weight
  std::vector<MatchedLayers> matched = {};  // Keras: FeatureDistillation
  double match_weight = 1;
};

struct Distilled {
  Model model;  // the student, with its own compile settings
  History history;
};

// Trains the student by its `compile` settings, with the teacher's answers beside the labels. Both are models of layers, or become ones by
// recognition, with one output of equal width [N, K]; the teacher's inputs are the student's by name, or by order where names differ.
// Throws Error{kUnsupported, kInvalidArgument} naming what does not go together.
Distilled distill(const Model& student, const Model& teacher, const Compile& compile, const Dataset& data, const FitOptions& fit,
                  const DistillOptions& options = {});

// The teacher, whose inputs are called as the student's are.
Model teacher_for(const Model& student, const Model& teacher);

}  // namespace upkeep
