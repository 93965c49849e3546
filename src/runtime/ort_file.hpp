// The format that ONNX Runtime keeps for itself (.ort): a graph that it has optimised already, read in place. Its reduced builds for phones
// read nothing else.
#pragma once

#include <filesystem>

#include "graph/graph.hpp"

namespace upkeep {

// How far the graph is optimised before it is written. What `kAll` does beyond `kExtended` fits the processor that writes.
enum class OrtOptimization { kNone, kBasic, kExtended, kAll };

// Writes the file; it is not there, or not whole, where this throws. Session::from_ort_file() reads it.
void write_ort_file(const Model& model, const std::filesystem::path& file, OrtOptimization level);

}  // namespace upkeep
