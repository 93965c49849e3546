// Changes settings of a layer; the others stay as they are. Layers that share its weights change with it.

#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

namespace {

constexpr const char* kSetForm = "NAME:SETTING=VALUE,...";

Architecture set_settings(const Architecture& before, std::string_view argument) {
  Architecture after = before;
  split_argument(argument, ':', kSetForm);
  const NamedSettings wanted = parse_named(argument);
  const LayerSpec& layer = after.layer(wanted.name);
  if (wanted.values.contains("name")) throw Error(ErrorCode::kUnsupported, "a layer cannot be renamed: its weights are known by its name");
  const std::string owner = layer.shares.empty() ? layer.name : layer.shares;
  for (LayerSpec& one : after.layers) {
    if (one.name != owner && one.shares != owner) continue;
    one.settings.update(wanted.values);
    check_settings(one);
  }
  return after;
}

}  // namespace

void add_set(StructureCatalog& catalog) {
  catalog.add({.name = "set", .help = "change settings of a layer", .argument = kSetForm, .apply = set_settings});
}

}  // namespace upkeep::structure
