// Structure edits: layers are added, removed, replaced or given other settings. A member is a pure function on the layer view; edit()
// applies a list of them and rebuilds the model with the weights that still fit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/catalog.hpp"
#include "layers/view/architecture.hpp"
#include "optimize/pass.hpp"

namespace upkeep::structure {

// A step of an edit, for the weights that it carries over.
struct LayerEdit {
  const Architecture& before;
  const Architecture& after;
  const Weights& weights;  // of the layers before
  std::string_view argument;
  std::uint64_t seed;
};

// Weights that were made of those before, by name, in place of these; and what was done, one line each.
struct CarriedWeights {
  Weights weights;
  std::vector<std::string> notes;
};

struct StructureEntry {
  std::string name;        // "add"
  std::string help;        // one line
  std::string argument;    // "KIND:SETTING=VALUE,...,after=NAME"
  Settings settings = {};  // none: an edit is written as one argument
  // Throws Error{kInvalidArgument, kNotFound}: unknown layer, kind or setting; an edit that would leave no model.
  std::function<Architecture(const Architecture& before, std::string_view argument)> apply;
  // Absent: weights whose name and shape fit are kept as they are, others are made new.
  std::function<CarriedWeights(const LayerEdit& edit)> carry = nullptr;
};
using StructureCatalog = Catalog<StructureEntry>;
const StructureCatalog& catalog();

// --- shared by the members -----------------------------------------------------------------------------------------

// "NAME<separator>REST". Throws Error with `form` as the hint when the separator is missing.
std::pair<std::string, std::string> split_argument(std::string_view argument, char separator, std::string_view form);
// Takes a string setting out of `values`; empty when it is not there.
std::string take_text(Json& values, const std::string& key);
// Throws the layer kind's own complaint about an unknown or wrong setting, with the layer as context.
void check_settings(const LayerSpec& layer);
// Everybody who reads `from`, and the model's outputs, read `to` instead.
void redirect(Architecture& architecture, const std::string& from, const std::string& to);
// from -> readers   ==>   from -> layer -> readers
void insert_after(Architecture& architecture, LayerSpec layer, const std::string& from);
// Takes the setting "noise" out, the only one there may be: a share of the weights' standard deviation, 0 without it.
double take_noise(Json& values, std::string_view form);
double standard_deviation(const Tensor& weight);
// The layer's place in the list; throws Error{kInvalidArgument} when it is an input layer.
std::size_t inner_index(const Architecture& architecture, const std::string& name);

// The model of other layers, with the weights of those before that still fit, and with carried ones in their place; others are made new.
struct Rebuilt {
  Model model;
  std::vector<std::string> kept, carried, fresh, dropped;  // weights by name
};
Rebuilt rebuilt(const LayeredModel& layered, const Architecture& after, const Weights& carried, std::uint64_t seed);

}  // namespace upkeep::structure

namespace upkeep {

using EditSteps = std::vector<std::pair<std::string, std::string>>;  // member, argument: {"add", "dense:units=20"}

struct Edited {
  Model model;
  // facts: {"seed", "steps": [{"edit", "argument"}], "layers": {"added", "removed", "changed"}, "weights": {"kept", "carried", "fresh",
  // "dropped"}}
  Change change;
};

// Applies the steps in order and builds the model anew. A weight is kept where its name and shape still fit, with its optimiser slots and
// its pruning mask; some edits carry others over into another shape; the rest are fresh from `seed`. Both have fresh slots. Compile
// settings, progress and other metadata stay. A graph without a layer view gets one by recognition first.
Edited edit(const Model& model, const EditSteps& steps, std::uint64_t seed);

}  // namespace upkeep
