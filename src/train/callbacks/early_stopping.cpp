// Stop when a figure no longer improves: Keras's EarlyStopping, with the same counting.
//
// An epoch is better when its figure beats the best by more than min_delta; where a baseline is given, only one that also beats the
// baseline sets the count of waited epochs back. Training stops when `patience` epochs were waited for, never after the first one.

#include "base/format.hpp"
#include "train/callbacks/callback.hpp"
#include "train/monitor.hpp"

namespace upkeep {

namespace callbacks {
struct EarlyStopping {
  std::optional<std::string> monitor;
  double min_delta = 0;
  std::int64_t patience = 0;
  std::string mode = "auto";
  std::optional<double> baseline;
  bool restore_best_weights = false;
  std::int64_t start_from_epoch = 0;
};
}  // namespace callbacks

template <>
inline const Settings settings<callbacks::EarlyStopping> = describe<callbacks::EarlyStopping>(
    "early-stopping", "stop when a figure no longer improves",
    field("monitor", &callbacks::EarlyStopping::monitor, "figure to watch; null: val_loss, or loss where nothing is held out"),
    field("min_delta", &callbacks::EarlyStopping::min_delta, "a smaller change is no improvement; absolute", range(0.0, 1e30)),
    field("patience", &callbacks::EarlyStopping::patience, "time without improvement before stopping", range(0, 1e9), "epochs"),
    field("mode", &callbacks::EarlyStopping::mode, "what counts as better; auto: by the figure's name", one_of({"auto", "min", "max"})),
    field("baseline", &callbacks::EarlyStopping::baseline, "what the figure has to beat"),
    field("restore_best_weights", &callbacks::EarlyStopping::restore_best_weights, "end with the weights of the best epoch"),
    field("start_from_epoch", &callbacks::EarlyStopping::start_from_epoch, "epochs before it begins to watch", range(0, 1e9)));

namespace callbacks {
namespace {

constexpr const char* kBestEpoch = "early-stopping";  // snapshot

class EarlyStoppingCallback : public Callback {
 public:
  explicit EarlyStoppingCallback(const EarlyStopping& options)
      : options_(options), monitor_(options.monitor, options.mode, options.min_delta) {}

  void begin(Run& run) override { first_epoch_ = run.epoch(); }

  Verdict epoch_end(const EpochFacts& facts, Run& run) override {
    const std::int64_t index = facts.epoch - 1 - first_epoch_;  // Keras counts the epochs of a fit() from 0
    if (index < options_.start_from_epoch) return {};
    const double current = monitor_.current(by_name(facts.figures));
    if (options_.restore_best_weights && !run.has(kBestEpoch)) keep(facts, run);
    ++wait_;
    if (monitor_.update(current)) {
      if (options_.restore_best_weights) keep(facts, run);
      if (!options_.baseline || beats(current, *options_.baseline)) wait_ = 0;
      return {};
    }
    if (wait_ < options_.patience || index == 0) return {};
    return {.kind = Verdict::Kind::kStop, .reason = reason(current)};
  }

  void rolled_back(std::int64_t, Run&) override { wait_ = 0; }  // what was waited for has not happened

  void end(Run& run) override {
    if (options_.restore_best_weights && run.has(kBestEpoch)) run.take_weights(kBestEpoch);
  }

  Json state() const override {
    return {{"wait", wait_}, {"first_epoch", first_epoch_}, {"best_epoch", best_epoch_}, {"best", monitor_.state()}};
  }
  void restore(const Json& state) override {
    wait_ = state.at("wait").get<std::int64_t>();
    first_epoch_ = state.at("first_epoch").get<std::int64_t>();
    best_epoch_ = state.at("best_epoch").get<std::int64_t>();
    monitor_.restore(state.at("best"));
  }

 private:
  bool beats(double a, double b) const { return monitor_.higher_is_better() ? a - options_.min_delta > b : a + options_.min_delta < b; }
  void keep(const EpochFacts& facts, Run& run) {
    run.keep(kBestEpoch);
    best_epoch_ = facts.epoch;
  }
  std::string reason(double current) const {
    std::string text = upkeep::format("{} is {:.5g} after {} epochs without improvement on {:.5g}", *monitor_.figure(), current, wait_,
                                      monitor_.best().value_or(current));
    if (options_.restore_best_weights) text += upkeep::format("; the weights of epoch {} are kept", best_epoch_);
    return text;
  }

  EarlyStopping options_;
  Monitor monitor_;
  std::int64_t first_epoch_ = 0;
  std::int64_t best_epoch_ = 0;
  std::int64_t wait_ = 0;
};

}  // namespace

void add_early_stopping(CallbackCatalog& catalog) {
  const Settings& about = settings<EarlyStopping>;
  catalog.add({.name = about.name(), .aliases = {"EarlyStopping"}, .help = about.help(), .settings = about, .make = [](const Json& values) {
                 return std::make_unique<EarlyStoppingCallback>(parse<EarlyStopping>(values));
               }});
}

}  // namespace callbacks
}  // namespace upkeep
