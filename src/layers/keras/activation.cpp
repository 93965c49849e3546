// With parameters, an activation is one of Keras's layers. Keras 2 and 1 have another hard sigmoid than Keras 3, clip(0.2 x + 0.5, 0, 1),
// which was the gate of their recurrent layers for years; Keras 3 has it as a model of two layers.

#include "layers/keras/activation.hpp"

#include <map>
#include <optional>

#include "base/format.hpp"
#include "layers/keras/parts.hpp"
#include "layers/shared/activations.hpp"

namespace upkeep::layers {
namespace {

Json hard_sigmoid_to_keras(const Json& parameters) {
  const Json line =
      keras_entry("keras.layers", "Rescaling", {{"name", "line"}, {"scale", parameters.at("slope")}, {"offset", parameters.at("offset")}});
  const Json clip = keras_entry("keras.layers", "ReLU", {{"name", "clip"}, {"max_value", 1.0}});
  return keras_entry("keras", "Sequential", {{"name", "hard_sigmoid"}, {"layers", {line, clip}}});
}

// Keras adds an input layer when it saves the model again.
std::optional<Json> hard_sigmoid_from_keras(const Json& value) {
  if (text(value, "class_name") != "Sequential") return std::nullopt;
  std::vector<Json> parts;
  for (const Json& layer : member(member(value, "config"), "layers"))
    if (text(layer, "class_name") != "InputLayer") parts.push_back(layer);
  if (parts.size() != 2 || text(parts[0], "class_name") != "Rescaling" || text(parts[1], "class_name") != "ReLU") return std::nullopt;
  const Json line = member(parts[0], "config");
  const Activation clip = read_activation({{"class_name", "ReLU"}, {"config", member(parts[1], "config")}});
  if (clip != read_activation("relu:max_value=1") || !member(line, "scale").is_number()) return std::nullopt;
  return Json{{"class_name", "hard_sigmoid"}, {"config", {{"slope", line["scale"]}, {"offset", line.value("offset", Json(0.0))}}}};
}

}  // namespace

Json activation_from_keras(const Json& value, bool keras2) {
  Activation read = read_activation(hard_sigmoid_from_keras(value).value_or(value));
  if (keras2 && read.name == "hard_sigmoid") read.parameters["slope"] = 0.2;
  const Json setting = activation_setting(read);
  return setting == "linear" ? Json() : setting;
}

Json activation_to_keras(const Json& setting) {
  static const std::map<std::string, std::string> kClasses = {
      {"relu", "ReLU"}, {"leaky_relu", "LeakyReLU"}, {"elu", "ELU"}, {"softmax", "Softmax"}};
  const Activation activation = read_activation(setting);
  if (activation_setting(activation).is_string()) return activation.name;
  if (activation.name == "hard_sigmoid") return hard_sigmoid_to_keras(activation.parameters);
  const auto found = kClasses.find(activation.name);
  if (found == kClasses.end())
    throw Error(ErrorCode::kUnsupported,
                upkeep::format("Keras has no way to write activation \"{}\" with {}", activation.name, activation.parameters.dump()),
                "use its defaults, or save as ONNX");
  return keras_entry("keras.layers", found->second, activation.parameters);
}

}  // namespace upkeep::layers
