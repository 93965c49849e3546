// Removes a layer: source -> NAME -> readers   ==>   source -> readers

#include "base/format.hpp"
#include "base/names.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

namespace {

Architecture remove(const Architecture& before, std::string_view argument) {
  Architecture after = before;
  const std::string name(argument);
  const std::size_t place = inner_index(after, name);
  const std::vector<std::string> sources = after.layers[place].inputs;
  if (sources.size() != 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("layer \"{}\" joins {} and cannot be left out", name, join(sources, " and ")));
  const bool is_output = std::ranges::contains(output_layers(after), name);
  if (is_output && after.layer(layer_of(sources.front())).inputs.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("without layer \"{}\" nothing is left between an input and its output", name));
  redirect(after, name, sources.front());
  after.layers.erase(after.layers.begin() + static_cast<std::ptrdiff_t>(place));
  return after;
}

}  // namespace

void add_remove(StructureCatalog& catalog) {
  catalog.add({.name = "remove", .help = "remove a layer; what read it reads its input", .argument = "NAME", .apply = remove});
}

}  // namespace upkeep::structure
