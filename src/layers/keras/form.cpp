#include "layers/keras/form.hpp"

namespace upkeep::layers {

NamedSettings read_keras_form(const Json& setting) {
  if (setting.is_string()) return parse_named(setting.get<std::string>());
  if (!setting.is_object() || !setting.contains("class_name") || !setting["class_name"].is_string())
    throw wrong_type(R"(NAME, NAME:SETTING=VALUE,... or {"class_name": NAME, "config": {...}})", setting);
  NamedSettings named{setting["class_name"].get<std::string>(), setting.value("config", Json::object())};
  if (named.name == "function" && named.values.is_string()) return {named.values.get<std::string>(), Json::object()};
  if (named.values.is_null()) named.values = Json::object();
  if (!named.values.is_object()) throw wrong_type("\"config\" as a map of names to values", named.values);
  return named;
}

void check_regularizer(const Json& regularizer) {
  if (!regularizer.is_null()) read_keras_form(regularizer);
}

void check_constraint(const Json& constraint) {
  if (!constraint.is_null()) read_keras_form(constraint);
}

}  // namespace upkeep::layers
