// The settings that a layer gives each of its weights: KERNEL_initializer, KERNEL_regularizer, KERNEL_constraint.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/inherited.hpp"
#include "layers/layer.hpp"

namespace upkeep::layers {

struct WeightSettings {
  Json initializer;
  Json regularizer = nullptr;
  Json constraint = nullptr;
};

// Throws Error{kInvalidArgument} at "LAYER.WEIGHT_initializer" and the like: an unknown initialiser, or not a form that Keras knows.
void check(const WeightSettings& settings, const std::string& layer, const std::string& weight);

// A weight that training changes, or a frozen one: Keras penalises and constrains trainable weights only.
WeightSpec weight_spec(std::string name, Shape shape, const WeightSettings& settings, bool trainable);

// A layer's activity_regularizer, which may be null.
void penalise(const BuildContext& context, Value activity, const Json& regularizer);

// The three settings of one weight, whose names begin with `weight`.
template <typename T>
std::vector<Field> weight_fields(const std::string& weight, WeightSettings T::* member) {
  const auto one = [&](const char* what, std::string help, Json WeightSettings::* part) {
    return Field{.name = weight + "_" + what,
                 .type = "any",
                 .help = std::move(help),
                 .unit = {},
                 .range = std::nullopt,
                 .choices = {},
                 .default_value = T().*member.*part,
                 .set = [=](void* object, const Json& value) { static_cast<T*>(object)->*member.*part = value; },
                 .get = [=](const void* object) { return static_cast<const T*>(object)->*member.*part; }};
  };
  return {one("initializer", "how the " + weight + " starts", &WeightSettings::initializer),
          one("regularizer", "penalty on the " + weight, &WeightSettings::regularizer),
          one("constraint", "what the " + weight + " is brought back to after each update", &WeightSettings::constraint)};
}

inline void append_fields(std::vector<Field>& all, Field field) { all.push_back(std::move(field)); }
inline void append_fields(std::vector<Field>& all, std::vector<Field> fields) {
  for (Field& field : fields) all.push_back(std::move(field));
}

// describe() for the options of a layer with weights: each part is one field or the fields of a weight.
template <typename... Parts>
Settings describe_layer(std::string name, std::string help, Parts... parts) {
  std::vector<Field> fields;
  (append_fields(fields, std::move(parts)), ...);
  return Settings(std::move(name), std::move(help), std::move(fields));
}

}  // namespace upkeep::layers
