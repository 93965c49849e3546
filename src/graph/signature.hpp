// The signature of a model: read from its graph and its metadata, written into its metadata.
#pragma once

#include "base/json.hpp"
#include "graph/graph.hpp"
#include "upkeep/signature.hpp"

namespace upkeep {

// Names, element types and dimensions are the graph's; the rest is what the metadata says (today's key, else the keys of older files).
// What fits the graph no longer is left out: an input or output that is gone, as many features or classes as an axis no longer has.
// An output of which nothing is said answers kLabel (texts and whole numbers, one a row), kClasses (where its classes are known), kNumber
// ([N] and [N, k] of floats) or kTensor. Throws Error that names the key
// whose text cannot be read.
Signature signature_of(const Model& model);

// Replaces what the model's metadata says. Keys of older files are removed.
void set_signature(Model& model, const Signature& signature);

Json to_json(const Signature& signature);
// Unknown keys and kinds are refused. Throws Error{kInvalidArgument} that names the place.
Signature signature_from_json(const Json& json);

// Takes over what the other one says of inputs and outputs of the same names. Throws Error{kInvalidArgument} where this one has no such
// name.
void overlay(Signature& signature, const Signature& other);

// All feature columns in order, as commands take and show them: "COLUMN", or "INPUT=COLUMN" where the model has several inputs beside those
// that are one number for all rows.
std::vector<std::string> feature_columns(const Signature& signature);
// All target columns in order: "COLUMN", or "OUTPUT=COLUMN" where several outputs have targets.
std::vector<std::string> target_columns(const Signature& signature);

}  // namespace upkeep
