// Keras's other layers that change pictures while training. At inference they pass them on, so that files are read, run and written back;
// in training they are refused, because leaving them out would train another model: the loader augments instead (train --augment).

#include <algorithm>

#include "base/format.hpp"
#include "layers/keras/json.hpp"
#include "layers/shared/augmentation.hpp"

namespace upkeep::layers {
namespace {

// Settings of a layer that does nothing with them but write them back.
struct KeptSettings {
  Json values = Json::object();
};

template <typename T>
Field kept(const std::string& name, Json default_value, std::string help) {
  return {.name = name,
          .type = type_name<T>(),
          .help = std::move(help),
          .unit = {},
          .range = std::nullopt,
          .choices = {},
          .default_value = std::move(default_value),
          .set =
              [name](void* object, const Json& value) {
                if (!value.is_null()) from_json_checked<T>(value);
                static_cast<KeptSettings*>(object)->values[name] = value;
              },
          .get = [name](const void* object) { return static_cast<const KeptSettings*>(object)->values.value(name, Json()); }};
}

using NumberList = std::vector<double>;

Field factor(Json default_value, const std::string& name = "factor") {
  return kept<NumberList>(name, std::move(default_value), "how much, at most, or [low, high]");
}
Field value_range() { return kept<NumberList>("value_range", Json{0, 255}, "least and largest value of a pixel"); }
Field interpolation() { return kept<std::string>("interpolation", "bilinear", "what stands between the pixels"); }
Field fill_value() { return kept<double>("fill_value", 0.0, "what is read outside the picture"); }

class KeptAugmentation : public Layer {
 public:
  KeptAugmentation(std::string kind, std::string instead) : kind_(std::move(kind)), instead_(std::move(instead)) {}

  Value build(const BuildContext& context) const override {
    if (context.training)
      throw Error(ErrorCode::kUnsupported, upkeep::format("{} does not work in training", kind_),
                  upkeep::format("take the layer out (upkeep edit --remove {}){}", context.name, instead_));
    return context.ops.cast(context.inputs[0], DType::kFloat32);
  }

 private:
  std::string kind_;
  std::string instead_;
};

struct Kept {
  std::string keras_class;
  std::string help;
  std::string augmenter;  // the loader's, with the same effect; empty where it has none
  std::vector<Field> fields;
};

LayerEntry kept_entry(Kept about) {
  const std::string name = snake_case(about.keras_class);
  about.fields.push_back(kept<std::string>("data_format", "channels_last", "where the channels are"));
  about.fields.push_back(kept<std::optional<std::int64_t>>("seed", nullptr, "kept for Keras"));
  if (about.keras_class == "MaxNumBoundingBoxes") about.fields.pop_back();  // draws nothing
  const Settings settings(name, about.help + "; at inference they pass", std::move(about.fields));
  const std::string instead = about.augmenter.empty() ? "" : " and augment the data: --augment " + about.augmenter;
  return {.name = name,
          .aliases = {about.keras_class},
          .keras_class = about.keras_class,
          .help = settings.help(),
          .settings = settings,
          .make =
              [name, instead, settings](const Json& values) {
                KeptSettings given;
                settings.apply(&given, values);
                return std::make_unique<KeptAugmentation>(name, instead);
              },
          .recognise = nullptr,
          .not_trained = "take it out" + instead};
}

std::vector<Kept> colours() {
  return {
      {"RandomHue", "turns the circle of colours", "hue", {factor(nullptr), value_range()}},
      {"RandomSaturation", "makes colours paler or stronger", "saturation", {factor(nullptr), value_range()}},
      {"RandomColorJitter",
       "changes brightness, contrast, saturation and hue",
       "brightness --augment contrast --augment saturation --augment hue",
       {value_range(), factor(nullptr, "brightness_factor"), factor(nullptr, "contrast_factor"), factor(nullptr, "saturation_factor"),
        factor(nullptr, "hue_factor")}},
      {"RandomColorDegeneration", "takes colour out", "saturation", {factor(nullptr), value_range()}},
      {"RandomGrayscale", "takes all colour out of some pictures", "", {kept<double>("factor", 0.5, "how many, as a share of all")}},
      {"RandomInvert", "makes negatives of some pictures", "", {factor(1.0), value_range()}},
      {"RandomPosterization", "keeps few bits of each number", "", {factor(nullptr), value_range()}},
      {"RandomSharpness", "blurs or sharpens", "", {factor(nullptr), value_range()}},
      {"RandomGaussianBlur",
       "blurs",
       "",
       {factor(1.0), kept<NumberList>("kernel_size", 3, "rows and columns of the window"), factor(1.0, "sigma"), value_range()}},
      {"Solarization",
       "inverts what is brighter than a threshold",
       "",
       {factor(0.0, "addition_factor"), factor(0.0, "threshold_factor"), value_range()}},
      {"Equalization", "spreads the values evenly", "", {value_range(), kept<std::int64_t>("bins", 256, "how many values are told apart")}},
  };
}

std::vector<Kept> shapes_and_mixtures() {
  return {
      {"RandomErasing",
       "deletes a rectangle",
       "erasing",
       {factor(1.0), factor(Json{0.02, 0.33}, "scale"), kept<NumberList>("fill_value", nullptr, "what is there then; null for noise"),
        value_range()}},
      {"RandomPerspective",
       "looks at pictures from aslant",
       "perspective",
       {factor(1.0), factor(1.0, "scale"), interpolation(), fill_value()}},
      {"RandomElasticTransform",
       "deforms pictures elastically",
       "elastic",
       {factor(1.0), factor(1.0, "scale"), interpolation(), kept<std::string>("fill_mode", "reflect", "what is read outside the picture"),
        fill_value(), value_range()}},
      {"RandomHeight", "changes the height of pictures (Keras 2)", "resized_crop", {factor(nullptr), interpolation()}},
      {"RandomWidth", "changes the width of pictures (Keras 2)", "resized_crop", {factor(nullptr), interpolation()}},
      {"MixUp", "lays another picture over each", "mixup", {kept<double>("alpha", 0.2, "of the beta distribution of the mixture")}},
      {"CutMix", "pastes a rectangle of another picture in", "cutmix", {factor(1.0)}},
      {"AugMix",
       "mixes chains of other augmentations",
       "",
       {value_range(), kept<std::int64_t>("num_chains", 3, "chains"), kept<std::int64_t>("chain_depth", 3, "augmentations in each"),
        factor(0.3), kept<double>("alpha", 1.0, "of the distributions of the mixture"),
        kept<bool>("all_ops", true, "whether colours are changed as well"), interpolation()}},
      {"RandAugment",
       "applies a few other augmentations",
       "",
       {value_range(), kept<std::int64_t>("num_ops", 2, "how many"), factor(0.5), interpolation()}},
      {"MaxNumBoundingBoxes",
       "cuts lists of boxes to one length; pictures pass",
       "",
       {kept<std::int64_t>("max_number", nullptr, "the length"), kept<double>("fill_value", -1.0, "what fills shorter lists")}},
  };
}

}  // namespace

void add_image_augmentation(LayerCatalog& catalog) {
  for (Kept& about : colours()) catalog.add(kept_entry(std::move(about)));
  for (Kept& about : shapes_and_mixtures()) catalog.add(kept_entry(std::move(about)));
}

}  // namespace upkeep::layers
