// The same elements in another shape, or under another name: nothing is moved.

#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

void add_reshape(OperatorCatalog& catalog) {
  catalog.add({.name = "Reshape",
               .aliases = {"Dropout", "Flatten", "Identity", "Squeeze", "Unsqueeze"},
               .help = "the same elements in another shape: no code at all",
               .write = nullptr,
               .memory = Memory::kShared});
}

}  // namespace upkeep::firmware
