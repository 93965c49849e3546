// Where Keras's files keep weights, and by which names.

#include "layers/keras/json.hpp"
#include "layers/view/build.hpp"

namespace upkeep::layers {

std::string snake_case(std::string_view name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  std::string kept;
  for (const char c : name)
    if (is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || c == '_') kept += c;
  std::string words;  // a capital before small letters begins a word: RMS_Normalization
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (i > 0 && i + 1 < kept.size() && is_upper(kept[i]) && is_lower(kept[i + 1])) words += '_';
    words += kept[i];
  }
  std::string made;  // so does one behind a small letter: simple_RNN
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && is_upper(words[i]) && is_lower(words[i - 1])) made += '_';
    made += is_upper(words[i]) ? static_cast<char>(words[i] - 'A' + 'a') : words[i];
  }
  return made;
}

std::string place_name(const std::string& keras_class) {
  const LayerEntry* entry = catalog().find(keras_class);
  return snake_case(entry && !entry->python_class.empty() ? entry->python_class : keras_class);
}

Model model_of_keras(const KerasModel& keras, const Weights& weights) {
  Model model = build_model(keras.architecture, weights);
  for (const auto& [name, tensor] : keras.stand_in_weights) *model.graph.initializer(name) = tensor;
  if (keras.places == keras_places(keras.architecture)) return model;
  Json places = Json::array();
  for (const KerasPlace& place : keras.places) places.push_back({place.layer, place.names, place.group, place.part});
  set(model.metadata, kKerasPlacesKey, places.dump());
  return model;
}

std::vector<KerasPlace> keras_places_of(const LayeredModel& layered) {
  const std::string* kept = find(layered.model.metadata, kKerasPlacesKey);
  if (!kept) return keras_places(layered.architecture);
  std::vector<KerasPlace> places;
  for (const Json& one : parse_json(*kept))
    places.push_back({.layer = from_json_checked<std::string>(one.at(0)),
                      .names = from_json_checked<std::vector<std::string>>(one.at(1)),
                      .group = from_json_checked<std::string>(one.at(2)),
                      .part = from_json_checked<std::string>(one.at(3))});
  return places;
}

}  // namespace upkeep::layers
