// A model as what is explained: a function from rows to one number each.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "explain/features.hpp"
#include "graph/graph.hpp"
#include "runtime/session.hpp"

namespace upkeep::explain {

enum class Scale {
  kOutput,  // the number as the model gives it
  kLogit,   // ln(p / (1 - p)) of a probability
};

// Throws Error{kInvalidArgument}: the logit of what is not a probability.
double on_scale(double answer, Scale scale);

struct SubjectOptions {
  std::string output = {};  // empty: the first output of floats that answers classes, a binary question or numbers
  Scale scale = Scale::kOutput;
  FeatureOptions features = {};
  int threads = 0;                    // of a session that is made here; 0: one per core
  std::int64_t batch_rows = 1024;     // rows in a run
  std::int64_t most_evaluations = 0;  // rows that may be run in all; 0: no limit
};

// Thrown by name where the budget of evaluations is used up: Error{kFailedPrecondition} whose hint says how much would do.
Error budget_used_up(std::int64_t most);

class Gradients;

// Thread-safe.
class Subject {
 public:
  // Throws Error{kInvalidArgument}: no such output, an output that is not numbers.
  explicit Subject(std::shared_ptr<const Model> model, const SubjectOptions& options = {});
  // Of a session that is loaded already; `model` is called when gradients are asked for.
  Subject(std::shared_ptr<const Session> session, const Signature& signature, std::function<std::shared_ptr<const Model>()> model,
          const SubjectOptions& options = {});
  ~Subject();

  const std::vector<ExplainedFeature>& features() const { return features_; }
  const Signature& signature() const { return signature_; }
  const OutputSignature& output() const { return *output_; }
  const SubjectOptions& options() const { return options_; }
  std::int64_t elements() const { return elements_; }    // of a row of the output: 1, or the classes
  std::string element_name(std::int64_t element) const;  // its class, else "price", "out[2]"
  // A class by its name or index, an element by its index. Throws Error{kInvalidArgument} with the candidates.
  std::int64_t element_named(const std::string& name) const;
  const std::vector<TensorSpec>& inputs() const { return session_->inputs(); }

  // Rows of all inputs, [N, ...] each and in the model's types (scalars are the same for all rows) -> of each row that element of the
  // output, on the scale. NaN and infinities come through. Throws Error where rows do not fit, and when the budget is used up: nothing is
  // run then.
  std::vector<double> answers(const Tensors& rows, std::int64_t element) const;
  // The same of all elements: [N, elements()] row-major.
  std::vector<double> all_answers(const Tensors& rows) const;
  // What is explained of each row where nothing else is said: the likeliest class, else element 0.
  std::vector<std::int64_t> likeliest(const Tensors& rows) const;

  // Rows that were run so far, gradients included.
  std::int64_t evaluations() const { return evaluations_.load(); }
  // Counts `rows` against the budget. Throws budget_used_up().
  void spend(std::int64_t rows) const;
  // A new budget: so many rows from now on. Not while others ask.
  void allow(std::int64_t rows);

  // Made by the first call. Throws Error{kUnsupported} that names the operators without a gradient, with the agnostic methods as the hint.
  const Gradients& gradients() const;
  const std::shared_ptr<const Model>& model() const;  // loads it where it is not here yet

 private:
  void choose_output();

  std::function<std::shared_ptr<const Model>()> load_model_;
  mutable std::shared_ptr<const Model> model_;
  std::shared_ptr<const Session> session_;
  Signature signature_;
  SubjectOptions options_;
  const OutputSignature* output_ = nullptr;
  std::int64_t elements_ = 1;
  std::vector<ExplainedFeature> features_;
  mutable std::atomic<std::int64_t> evaluations_{0};
  std::int64_t allowed_ = 0;  // evaluations in all; 0: no limit
  mutable std::mutex mutex_;  // of model_ and gradients_
  mutable std::unique_ptr<Gradients> gradients_;
};

// Of one row, by input: what FeatureOptions::row_shapes takes.
std::map<std::string, Shape> row_shapes(const Tensors& rows);

// How many rows these are, and one of them ([1, ...] each).
std::int64_t rows_in(const Tensors& rows);
Tensors row_of(const Tensors& rows, std::int64_t row);
// The rows of these places, in that order; scalars stay as they are.
Tensors rows_at(const Tensors& rows, std::span<const std::int64_t> places);

}  // namespace upkeep::explain
