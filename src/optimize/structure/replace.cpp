// Puts another layer in the place of one: source -> NAME -> readers   ==>   source -> new -> readers
//
// A layer of the same kind keeps its name (and so the weights that still fit); one of another kind gets a name of its own.

#include "base/format.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

namespace {

constexpr const char* kReplaceForm = "NAME=KIND:SETTING=VALUE,...[,name=NAME]";

std::string name_for(const Architecture& architecture, const LayerSpec& old, const std::string& kind, const std::string& wanted) {
  if (wanted.empty()) return kind == old.kind ? old.name : free_name(architecture, kind);
  if (wanted != old.name && std::ranges::contains(architecture.layers, wanted, &LayerSpec::name))
    throw Error(ErrorCode::kAlreadyExists, upkeep::format("there is a layer \"{}\" already", wanted));
  return wanted;
}

Architecture replace(const Architecture& before, std::string_view argument) {
  Architecture after = before;
  const auto [name, rest] = split_argument(argument, '=', kReplaceForm);
  NamedSettings wanted = parse_named(rest);
  const std::string wanted_name = take_text(wanted.values, "name");
  LayerSpec& layer = after.layers[inner_index(after, name)];
  const std::string& kind = layers::catalog().at(wanted.name).name;
  if (kind == "input") throw Error(ErrorCode::kInvalidArgument, "an input cannot stand inside a model");
  const std::string new_name = name_for(before, layer, kind, wanted_name);
  layer.kind = kind;
  layer.name = new_name;
  layer.settings = wanted.values;
  layer.shares.clear();
  check_settings(layer);
  redirect(after, name, new_name);
  return after;
}

}  // namespace

void add_replace(StructureCatalog& catalog) {
  catalog.add({.name = "replace", .help = "put another layer in the place of one", .argument = kReplaceForm, .apply = replace});
}

}  // namespace upkeep::structure
