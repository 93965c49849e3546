// Keras's classes that cannot be layers here, and why.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "upkeep/error.hpp"

namespace upkeep::layers {

struct KerasRefusal {
  std::string keras_class;
  std::string why;
  std::string hint;
};
const std::vector<KerasRefusal>& keras_refusals();

// What to say of a class that is none of the catalog; absent where there is nothing to say but its name.
std::optional<Error> refusal_of_class(std::string_view keras_class);

}  // namespace upkeep::layers
