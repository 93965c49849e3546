// Rewrites: the same answers from another graph. A rewrite works on the operators, not on the layers: what it changes can be run, served
// and converted, and its layers are recognised anew where somebody asks for them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "optimize/pass.hpp"

namespace upkeep::rewrites {

struct RewriteEntry {
  std::string name;  // "fold-constants"
  std::string help;
  Settings settings;
  // Works on `model` in place and returns in how many places it did something; 0 leaves the model as it was. Notes go to `change`.
  std::function<std::size_t(Model& model, const Json& settings, Change& change)> apply;
};
using RewriteCatalog = Catalog<RewriteEntry>;
const RewriteCatalog& catalog();

// An entry whose options are the described struct T.
template <typename T>
RewriteEntry entry(std::function<std::size_t(Model& model, const T& options, Change& change)> apply) {
  const Settings& about = settings<T>;
  return {.name = about.name(),
          .help = about.help(),
          .settings = about,
          .apply = [apply = std::move(apply)](Model& model, const Json& values, Change& change) {
            return apply(model, parse<T>(values), change);
          }};
}

}  // namespace upkeep::rewrites

namespace upkeep {

// Rewrites in place: whole or, on an Error, not at all. Where something changed, the layer view and the optimiser's state, which belong to
// the graph as it was, are dropped; weights that are still there stay pruned.
// facts: {"rewrite", "settings", "places", "nodes_before", "nodes"}
Change rewrite(Model& model, const NamedSettings& step);

}  // namespace upkeep
