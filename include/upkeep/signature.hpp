// What a model reads and gives: of each input the columns that feed it, of each output what it answers and the columns it is judged by.
// A plain value, kept in the model's file; any thread may read it. `upkeep sign` writes it by hand, `upkeep inspect` shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep {

// What the values of a column are.
enum class FeatureKind {
  kNumber,    // distances between values mean something
  kCategory,  // texts or whole numbers that only tell things apart
  kBoolean,   // 0 and 1, false and true
  kText,      // free text: its values are not compared one by one
};
std::string_view to_string(FeatureKind kind);                 // "number", "category", "boolean", "text"
FeatureKind feature_kind_from_string(std::string_view name);  // throws Error{kInvalidArgument} with the candidates

struct Feature {
  std::string column;  // of a table
  FeatureKind kind = FeatureKind::kNumber;
  std::vector<std::string> categories;  // of a category: those known when the model was trained, as text; empty: not known
  bool may_be_missing = false;          // the model answers rows that lack it
  bool operator==(const Feature&) const = default;
};

struct InputSignature {
  std::string name;
  DType dtype = DType::kUndefined;
  std::optional<std::vector<std::int64_t>> dims;  // -1: any size; nullopt: of any rank
  // Along the last axis, one number or text each; or one feature whose column holds whole arrays (an image); none: not fed from columns.
  std::vector<Feature> features;
  // Each feature gives one value in a row: an input [N], [N, F] or [N, F] of texts, no images and no windows of a series.
  bool has_scalar_features() const;
  bool operator==(const InputSignature&) const = default;
};

// What an output answers.
enum class Answer {
  kNumber,   // one number for each target column
  kBinary,   // one number a row (or step): how likely the second of two classes is, or its logit
  kClasses,  // a score for each class along the last axis; the highest is the prediction
  kLabel,    // the class itself, a text or a whole number (scikit-learn's first output)
  kTensor,   // anything else: an image, an embedding, tokens
};
std::string_view to_string(Answer answer);         // "number", "binary", "classes", "label", "tensor"
Answer answer_from_string(std::string_view name);  // throws Error{kInvalidArgument} with the candidates

struct OutputSignature {
  std::string name;
  DType dtype = DType::kUndefined;
  std::optional<std::vector<std::int64_t>> dims;  // as an input's
  Answer answer = Answer::kTensor;
  std::vector<std::string> classes;  // by index, as text; empty: not known
  std::vector<std::string> targets;  // columns that it is judged by
  double threshold = 0.5;            // of a binary answer: above it is the second class; 0 for logits
  bool operator==(const OutputSignature&) const = default;
};

struct Signature {
  std::vector<InputSignature> inputs;  // in the model's order
  std::vector<OutputSignature> outputs;

  const InputSignature* input(std::string_view name) const;  // nullptr: the model has none of this name
  const OutputSignature* output(std::string_view name) const;
  // The output whose quality stands for the model's: the first with a target, else the first that answers classes, a binary question or a
  // number, else the first label; nullptr where the model has only tensors.
  const OutputSignature* judged_output() const;
  bool operator==(const Signature&) const = default;
};

// {"inputs": [{"name": "x", "features": [{"column": "age"}, {"column": "city", "kind": "category", "categories": ["paris"],
// "may_be_missing": true}]}], "outputs": [{"name": "p", "answers": "classes", "classes": ["no", "yes"], "targets": ["bought"]}]}
// Element types and dimensions are the graph's, and are not written.
std::string to_json_text(const Signature& signature);

}  // namespace upkeep
