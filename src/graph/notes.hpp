// Keys of a model's metadata that say which columns of a table it reads and predicts. Training writes them, everything that feeds the model
// or names its answers reads them.
#pragma once

namespace upkeep {

inline constexpr const char* kFeaturesKey = "upkeep.features";  // names of the input's columns, a JSON list
inline constexpr const char* kTargetKey = "upkeep.target";      // names of the target columns, a JSON list
inline constexpr const char* kClassesKey = "upkeep.classes";    // class names by index, a JSON list; OUTPUT=NAME of several outputs

}  // namespace upkeep
