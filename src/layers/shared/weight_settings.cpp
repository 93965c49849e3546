#include "layers/shared/weight_settings.hpp"

#include "layers/keras/form.hpp"
#include "layers/shared/initializers.hpp"

namespace upkeep::layers {

void check(const WeightSettings& settings, const std::string& layer, const std::string& weight) {
  const std::string place = layer + "." + weight;
  in_context(place + "_initializer", [&] { full_initializer(settings.initializer); });
  in_context(place + "_regularizer", [&] { check_regularizer(settings.regularizer); });
  in_context(place + "_constraint", [&] { check_constraint(settings.constraint); });
}

WeightSpec weight_spec(std::string name, Shape shape, const WeightSettings& settings, bool trainable) {
  return {.name = std::move(name),
          .shape = std::move(shape),
          .initializer = settings.initializer,
          .trainable = trainable,
          .regularizer = trainable ? settings.regularizer : Json(nullptr),
          .constraint = trainable ? settings.constraint : Json(nullptr)};
}

void penalise(const BuildContext& context, Value activity, const Json& regularizer) {
  if (context.add_activity_penalty && !regularizer.is_null()) context.add_activity_penalty(std::move(activity), regularizer);
}

}  // namespace upkeep::layers
