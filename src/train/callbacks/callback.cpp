#include "train/callbacks/callback.hpp"

namespace upkeep::callbacks {

std::unique_ptr<Callback> make(const NamedSettings& callback) {
  return in_context("callback " + callback.name, [&] { return catalog().at(callback.name).make(callback.values); });
}

}  // namespace upkeep::callbacks
