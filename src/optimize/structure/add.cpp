// Adds a layer: at the end, as Keras's model.add() does, or beside a layer that is named.
//
//   after=NAME:  NAME -> readers   ==>   NAME -> new -> readers
//   before=NAME: source -> NAME    ==>   source -> new -> NAME

#include "base/format.hpp"
#include "base/names.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

namespace {

constexpr const char* kAddForm = "KIND:SETTING=VALUE,...[,after=NAME|before=NAME][,name=NAME]";

LayerSpec new_layer(const Architecture& architecture, const NamedSettings& wanted, const std::string& name) {
  const layers::LayerEntry& kind = layers::catalog().at(wanted.name);
  if (kind.name == "input") throw Error(ErrorCode::kInvalidArgument, "an input cannot be added to a finished model");
  if (std::ranges::contains(architecture.layers, name, &LayerSpec::name))
    throw Error(ErrorCode::kAlreadyExists, upkeep::format("there is a layer \"{}\" already", name));
  LayerSpec layer{.kind = kind.name, .name = name.empty() ? free_name(architecture, kind.name) : name, .settings = wanted.values};
  check_settings(layer);
  return layer;
}

void insert_before(Architecture& architecture, LayerSpec layer, const std::string& anchor) {
  const std::size_t place = inner_index(architecture, anchor);
  LayerSpec& reader = architecture.layers[place];
  if (reader.inputs.size() != 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("layer \"{}\" reads {}", anchor, join(reader.inputs, " and ")),
                "say after= one of them");
  layer.inputs = std::exchange(reader.inputs, {layer.name});
  architecture.layers.insert(architecture.layers.begin() + static_cast<std::ptrdiff_t>(place), std::move(layer));
}

std::string last_layer(const Architecture& architecture) {
  const std::vector<std::string> outputs = output_layers(architecture);
  if (outputs.size() == 1) return outputs.front();
  throw Error(ErrorCode::kInvalidArgument, "the model has several outputs: " + join(outputs), "say where with after=NAME or before=NAME");
}

Architecture add(const Architecture& before, std::string_view argument) {
  Architecture after = before;
  NamedSettings wanted = parse_named(argument);
  const std::string name = take_text(wanted.values, "name");
  const std::string after_layer = take_text(wanted.values, "after");
  const std::string before_layer = take_text(wanted.values, "before");
  if (!after_layer.empty() && !before_layer.empty()) throw Error(ErrorCode::kInvalidArgument, "after= and before= exclude each other");
  LayerSpec layer = new_layer(before, wanted, name);
  if (!before_layer.empty()) insert_before(after, std::move(layer), before_layer);
  else insert_after(after, std::move(layer), after_layer.empty() ? last_layer(before) : after_layer);
  return after;
}

}  // namespace

void add_add(StructureCatalog& catalog) {
  catalog.add({.name = "add", .help = "add a layer at the end, or after=NAME or before=NAME", .argument = kAddForm, .apply = add});
}

}  // namespace upkeep::structure
