// The keys of a model's metadata that are ours, in one place.
#pragma once

namespace upkeep {

inline constexpr const char* kSignatureKey = "upkeep.signature";  // what the model reads and gives, as JSON (graph/signature.hpp)

// Of older files, which said less; they are read where there is no signature, and written no more.
inline constexpr const char* kFeaturesKey = "upkeep.features";  // names of the input's columns, a JSON list; INPUT=COLUMN of several inputs
inline constexpr const char* kTargetKey = "upkeep.target";      // names of the target columns, a JSON list
inline constexpr const char* kClassesKey = "upkeep.classes";    // class names by index, a JSON list; OUTPUT=NAME of several outputs

}  // namespace upkeep
