// Changes settings of a layer; the others stay as they are.

#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

namespace {

constexpr const char* kSetForm = "NAME:SETTING=VALUE,...";

Architecture set_settings(const Architecture& before, std::string_view argument) {
  Architecture after = before;
  split_argument(argument, ':', kSetForm);
  const NamedSettings wanted = parse_named(argument);
  LayerSpec& layer = after.layers[after.index(wanted.name)];
  if (wanted.values.contains("name")) throw Error(ErrorCode::kUnsupported, "a layer cannot be renamed: its weights are known by its name");
  layer.settings.update(wanted.values);
  check_settings(layer);
  return after;
}

}  // namespace

void add_set(StructureCatalog& catalog) {
  catalog.add({.name = "set", .help = "change settings of a layer", .argument = kSetForm, .apply = set_settings});
}

}  // namespace upkeep::structure
