#include "layers/build.hpp"
#include "layers/keras_json.hpp"

namespace upkeep::layers {

Model model_of_keras(const KerasModel& keras, const Weights& weights) {
  Model model = build_model(keras.architecture, weights);
  for (const auto& [name, tensor] : keras.stand_in_weights) *model.graph.initializer(name) = tensor;
  if (keras.places == keras_places(keras.architecture)) return model;
  Json places = Json::array();
  for (const KerasPlace& place : keras.places) places.push_back({place.layer, place.names, place.group, place.part});
  set(model.metadata, kKerasPlacesKey, places.dump());
  return model;
}

std::vector<KerasPlace> keras_places_of(const Model& layered) {
  const std::string* kept = find(layered.metadata, kKerasPlacesKey);
  if (!kept) return keras_places(architecture_of(layered));
  std::vector<KerasPlace> places;
  for (const Json& one : parse_json(*kept))
    places.push_back({.layer = from_json_checked<std::string>(one.at(0)),
                      .names = from_json_checked<std::vector<std::string>>(one.at(1)),
                      .group = from_json_checked<std::string>(one.at(2)),
                      .part = from_json_checked<std::string>(one.at(3))});
  return places;
}

}  // namespace upkeep::layers
