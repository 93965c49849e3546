// Why a model answers what it does: what each feature of a row contributed, and what the model does over many rows.
//
//   const Explainer explainer(model, model.inputs(training_table));
//   for (const Explanation& row : explainer.explain(model.inputs(new_table)))
//     std::cout << row.element << " = " << row.answer << ": " << row.attributions[0].feature << '\n';
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "upkeep/choices.hpp"
#include "upkeep/data.hpp"
#include "upkeep/model.hpp"

namespace upkeep::api {

// Features that are explained as one, such as the columns of a one-hot category.
struct Group {
  std::string name{};
  std::vector<std::string> members{};  // columns, or patterns with * ("city_*")
};

struct ExplainerSettings {
  std::string output{};               // of the model; empty: the one that it is judged by
  bool logit = false;                 // explain the logit of a probability
  std::vector<Group> groups{};        //
  std::int64_t patch = 0;             // of images: the side of the squares that are a feature each, in pixels; 0: at most 64 squares
  std::int64_t background_rows = 50;  // that stand for the background
  std::string choose = "k-means";     // how they are chosen: "k-means", "sample", "quantiles", "zeros", "median"
  std::uint64_t seed = 0;             // of choosing
  std::int64_t budget = 0;            // rows that the model may answer in all; 0: no limit
  int threads = 0;                    // of the runtime; 0: one per core
};

struct ExplainSettings {
  ExplainMethod method{};   // explaining::KernelShap({.samples = 512}); none: by gradients where the model has them, else Shapley values
  std::string element{};    // class or index; empty: the likeliest class of each row
  std::uint64_t seed = 0;   // of everything that is drawn
  double until_error = 0;   // sample until the error is below; 0: as the method's settings say
  bool infidelity = false;  // measured too
  bool stability = false;   // measured too
};

// Of one feature, in units of the answer.
struct FeatureAttribution {
  std::string feature{};
  std::string value{};  // that the row has, as text
  double attribution = 0;
  double standard_error = 0;  // 0: nothing was sampled
};

// How far an explanation can be trusted; NaN: not measured.
struct Trust {
  double additivity_error = 0;        // |base + sum of attributions - answer|, of methods that add up
  double largest_standard_error = 0;  // of sampled methods
  double infidelity = 0;              // Yeh et al. 2019
  double stability_over_seeds = 0;    // rank correlation of the attributions' sizes
  double stability_over_changes = 0;  // the same under small changes of the row
  std::int64_t evaluations = 0;       // rows that the model answered for it
  double milliseconds = 0;
  bool reached = true;  // what until_error asked for
};

struct Explanation {
  std::int64_t row = 0;  // of the data, from 0
  std::string method{};
  std::string element{};                           // class, target column, or output
  double answer = 0;                               // of the model
  double base = 0;                                 // what the attributions start from
  std::vector<FeatureAttribution> attributions{};  // in the order of the model's features
  Trust trust{};
  std::vector<std::string> notes{};
};

// One feature's course: the mean answer over x, or over the labels of a category.
struct Curve {
  std::string feature{};
  std::vector<double> x{};
  std::vector<std::string> labels{};
  std::vector<double> y{}, low{}, high{};  // mean, and its 95 % interval where it has one
};
// A figure with its 95 % interval (NaN: none).
struct Figure {
  std::string feature{};
  double value = 0, low = 0, high = 0;
};
struct EffectOverRows {
  std::string name{};
  std::string meaning{};          // of the values
  std::vector<Figure> figures{};  // largest first
  std::vector<Curve> curves{};
  std::vector<std::string> notes{};
};

// Thread-safe.
class Explainer {
 public:
  // A feature that is "not there" is taken from `background`: rows like those that the model was trained on. Throws Error: an output that
  // is not numbers, a group of unknown columns.
  Explainer(const Model& model, const Data& background, const ExplainerSettings& settings = {});
  ~Explainer();
  Explainer(Explainer&&) noexcept;
  Explainer& operator=(Explainer&&) noexcept;

  std::vector<std::string> features() const;  // names, in the order of attributions

  // Throws Error: a method that the model does not allow (no gradient), an answer that is not finite, a budget that is used up.
  std::vector<Explanation> explain(const Data& rows, const ExplainSettings& settings = {}) const;
  // Over all rows: effects::Ale(), effects::PartialDependence(), ... Those that judge compare with the data's targets, by squared errors of
  // numbers and the share of wrong classes.
  EffectOverRows effect(const EffectKind& kind, const Data& rows, const std::string& element = {}, std::uint64_t seed = 0) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::api
