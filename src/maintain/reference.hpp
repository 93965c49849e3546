// The table that a version was trained on, kept in its registry under its SHA-256, so that drift can be judged wherever the registry is.
#pragma once

#include "base/json.hpp"
#include "data/table.hpp"
#include "graph/graph.hpp"
#include "registry/registry.hpp"

namespace upkeep {

// Keeps the table among the registry's artefacts, as Parquet, and returns what the version's facts say of it under "reference":
// {"sha256": ..., "rows": ...}.
Json keep_reference(const Table& table, Registry& registry);

// The same, and under "profile" the cells over which the log of this model is counted, where it can answer the table
// (registry/kept_profile.hpp).
Json keep_reference(const Model& model, const Table& table, Registry& registry);

// The file, its digest verified; empty when the version keeps none. Throws Error{kCorrupt} when it is damaged.
ArtifactFile kept_reference(const ModelVersion& version, const Registry& registry);

}  // namespace upkeep
