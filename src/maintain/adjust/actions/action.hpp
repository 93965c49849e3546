// Actions: what is done about a model that needs attention. An action makes a candidate out of the current version; nothing outside
// changes.
#pragma once

#include <functional>
#include <string>

#include "base/catalog.hpp"
#include "data/table.hpp"
#include "graph/graph.hpp"
#include "train/columns.hpp"

namespace upkeep::actions {

struct ActionContext {
  const Model& model;   // the current version, or what the action before made of it
  const Table& data;    // the reference plus newly labelled rows; held-out rows are not in it
  DataColumns columns;  // how `data` feeds the model
};

struct Candidate {
  Model model;
  std::string summary;             // one sentence
  Json evidence = Json::object();  // settings, seeds, rows, what training found
};

struct ActionEntry {
  std::string name;  // "retrain"
  std::string help;
  Settings settings;
  std::function<void(const Json& settings)> check;  // throws Error{kInvalidArgument} for settings that are wrong
  // Deterministic: the same context and settings give the same bytes. Throws Error: data that does not fit, a loss that is not finite.
  std::function<Candidate(const ActionContext& context, const Json& settings)> run;
};
using ActionCatalog = Catalog<ActionEntry>;
const ActionCatalog& catalog();

}  // namespace upkeep::actions
