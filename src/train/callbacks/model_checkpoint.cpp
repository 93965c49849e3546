// Save the model after an epoch, all or only the best so far: Keras's ModelCheckpoint. The file is an ONNX model with everything training
// goes on from, written whole or not at all.

#include "base/files.hpp"
#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "train/callbacks/callback.hpp"
#include "train/monitor.hpp"

namespace upkeep {

namespace callbacks {
struct ModelCheckpoint {
  std::string filepath;
  std::optional<std::string> monitor;
  bool save_best_only = false;
  std::string mode = "auto";
  std::optional<double> initial_value_threshold;
};
}  // namespace callbacks

template <>
inline const Settings settings<callbacks::ModelCheckpoint> = describe<callbacks::ModelCheckpoint>(
    "model-checkpoint", "save the model after each epoch, or when it is the best so far",
    field("filepath", &callbacks::ModelCheckpoint::filepath, "the .onnx file; {epoch} and {FIGURE} in it stand for their values"),
    field("monitor", &callbacks::ModelCheckpoint::monitor, "figure to watch; null: val_loss, or loss where nothing is held out"),
    field("save_best_only", &callbacks::ModelCheckpoint::save_best_only, "save only when the figure improves"),
    field("mode", &callbacks::ModelCheckpoint::mode, "what counts as better; auto: by the figure's name", one_of({"auto", "min", "max"})),
    field("initial_value_threshold", &callbacks::ModelCheckpoint::initial_value_threshold, "what the first saved model has to beat"));

namespace callbacks {
namespace {

class ModelCheckpointCallback : public Callback {
 public:
  explicit ModelCheckpointCallback(const ModelCheckpoint& options) : options_(options), monitor_(options.monitor, options.mode, 0) {
    if (std::filesystem::path(options_.filepath).extension() != ".onnx")
      throw Error(ErrorCode::kInvalidArgument, "\"" + options_.filepath + "\" is no .onnx file",
                  "give model-checkpoint:filepath=best.onnx");
    monitor_.set_best(options_.initial_value_threshold);
  }

  Verdict epoch_end(const EpochFacts& facts, Run& run) override {
    const bool better = monitor_.update(monitor_.current(by_name(facts.figures)));
    if (better || !options_.save_best_only) write_file(name(facts), model_to_bytes(run.model()));
    return {};
  }

  Json state() const override { return {{"best", monitor_.state()}}; }
  void restore(const Json& state) override { monitor_.restore(state.at("best")); }

 private:
  std::string name(const EpochFacts& facts) const {
    std::string text = options_.filepath;
    const auto put = [&](const std::string& field, const std::string& value) {
      for (auto at = text.find(field); at != std::string::npos; at = text.find(field)) text.replace(at, field.size(), value);
    };
    put("{epoch}", upkeep::format("{:02}", facts.epoch));
    for (const auto& [figure, value] : facts.figures) put("{" + figure + "}", upkeep::format("{:.4f}", value));
    return text;
  }

  ModelCheckpoint options_;
  Monitor monitor_;
};

}  // namespace

void add_model_checkpoint(CallbackCatalog& catalog) {
  const Settings& about = settings<ModelCheckpoint>;
  catalog.add({.name = about.name(),
               .aliases = {"ModelCheckpoint"},
               .help = about.help(),
               .settings = about,
               .decides = false,
               .make = [](const Json& values) { return std::make_unique<ModelCheckpointCallback>(parse<ModelCheckpoint>(values)); }});
}

}  // namespace callbacks
}  // namespace upkeep
