// Options of the commands that change a trained model and may train it on before it is judged (optimize/relearn.hpp):
//
//   struct FactorizeOptions : RelearningRequest { ... };
//   const Relearner relearner(options, before, seed);               // reads the rows, holds a part out
//   const Acceptance acceptance = relearner.acceptance();           // on what was held out, or, without training, on all rows
//   Model after = relearner.learnt(changed);                        // as it is, without --epochs
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/acceptance.hpp"
#include "data/table.hpp"
#include "optimize/relearn.hpp"

namespace upkeep {

struct RelearningRequest : AcceptanceRequest {
  std::int64_t epochs = 0;
  double validation = 0.2;
  double label_weight = DistillOptions().label_weight;
  std::vector<std::string> loss;
  std::string optimizer;
  std::int64_t batch_size = 32;
};

template <typename T>
Settings with_relearning(const Settings& own) {
  std::vector<Field> fields = own.fields();
  fields.insert(
      fields.end(),
      {inherited<T>("epochs", &RelearningRequest::epochs,
                    "of training on --data after the change, by the labels and the answers of the model before; 0: none", range(0, 1e6)),
       inherited<T>("validation", &RelearningRequest::validation, "part of --data that is held out and judges, where there is training",
                    range(0.0, 1.0, Ends::kOpen)),
       inherited<T>("label_weight", &RelearningRequest::label_weight,
                    "of the labels' loss in that training; the rest is of the answers before. 1: by the labels alone", range(0.0, 1.0)),
       inherited<T>("loss", &RelearningRequest::loss,
                    "a loss of `upkeep catalog train/losses` (default: what the model was compiled with)"),
       inherited<T>("optimizer", &RelearningRequest::optimizer,
                    "of that training: an optimizer of `upkeep catalog train/optimizers` (default: the model's, or adam)"),
       inherited<T>("batch_size", &RelearningRequest::batch_size, "rows in a training step, or of a gradient", range(1, 1e9))});
  return with_acceptance<T>(Settings(own.name(), own.help(), std::move(fields)));
}

class Relearner {
 public:
  // Throws Error: --epochs without --data, no loss, rows that do not fit.
  Relearner(const RelearningRequest& request, const Model& before, std::uint64_t seed);

  bool asked() const { return rows_.has_value(); }
  const Dataset& rows() const { return *rows_; }  // to train on, when asked
  Relearning how() const;                         // when asked; rows() must live on
  Model learnt(const Model& changed) const;       // trained on, where that was asked for
  // What judges: the rows held out, or all of --data.
  Acceptance acceptance() const;

 private:
  const RelearningRequest request_;
  const Model before_;
  std::uint64_t seed_;
  std::optional<Compile> compile_;
  std::optional<Dataset> rows_, held_out_;
};

// What was told of the training, for people.
void note_training(const std::string& why_not_taught);

}  // namespace upkeep
