// Scalars for TensorBoard: Keras's TensorBoard callback, with its folders ("train", "validation") and tags ("epoch_loss",
// "epoch_learning_rate", "batch_loss").

#include "base/format.hpp"
#include "train/callbacks/callback.hpp"
#include "train/event_file.hpp"

namespace upkeep {

namespace callbacks {
struct TensorBoard {
  std::string log_dir = "logs";
  std::string update_freq = "epoch";
};
}  // namespace callbacks

template <>
inline const Settings settings<callbacks::TensorBoard> = describe<callbacks::TensorBoard>(
    "tensorboard", "write event files that TensorBoard opens", field("log_dir", &callbacks::TensorBoard::log_dir, "folder of the run"),
    field("update_freq", &callbacks::TensorBoard::update_freq, "epoch, batch, or a number: the loss also after so many batches"));

namespace callbacks {
namespace {

std::int64_t batches_between(const std::string& frequency) {
  if (frequency == "epoch") return 0;
  if (frequency == "batch") return 1;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(frequency.data(), frequency.data() + frequency.size(), number);
  if (error == std::errc() && end == frequency.data() + frequency.size() && number > 0) return number;
  throw Error(ErrorCode::kInvalidArgument, "update_freq is \"" + frequency + "\"", "expected epoch, batch, or a number of batches");
}

class TensorBoardCallback : public Callback {
 public:
  explicit TensorBoardCallback(const TensorBoard& options) : folder_(options.log_dir), every_(batches_between(options.update_freq)) {}

  void begin(Run&) override { training_.emplace(folder_ / "train"); }

  Verdict batch_end(const BatchFacts& facts, Run&) override {
    if (every_ > 0 && facts.iteration % every_ == 0)
      training_->scalars(facts.iteration, {{"batch_loss", facts.loss}, {"batch_learning_rate", facts.learning_rate}});
    return {};
  }

  Verdict epoch_end(const EpochFacts& facts, Run&) override {
    Figures training, validation;
    for (const auto& [name, value] : facts.figures) {
      if (name.starts_with("val_")) validation.emplace_back("epoch_" + name.substr(4), value);
      else training.emplace_back("epoch_" + name, value);
    }
    training_->scalars(facts.epoch - 1, training);  // Keras counts epochs from 0
    if (!validation.empty()) {
      if (!validation_) validation_.emplace(folder_ / "validation");
      validation_->scalars(facts.epoch - 1, validation);
    }
    return {};
  }

 private:
  std::filesystem::path folder_;
  std::int64_t every_;
  std::optional<EventFile> training_;
  std::optional<EventFile> validation_;
};

}  // namespace

void add_tensorboard(CallbackCatalog& catalog) {
  const Settings& about = settings<TensorBoard>;
  catalog.add({.name = about.name(),
               .aliases = {"TensorBoard"},
               .help = about.help(),
               .settings = about,
               .decides = false,
               .make = [](const Json& values) { return std::make_unique<TensorBoardCallback>(parse<TensorBoard>(values)); }});
}

}  // namespace callbacks
}  // namespace upkeep
