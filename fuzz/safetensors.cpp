// A safetensors file, as a model and as weights for another one: each is read or refused with an Error, and a model has all its weights.
#include "convert/formats/format.hpp"
#include "scratch_file.hpp"
#include "upkeep/error.hpp"

namespace upkeep::formats {
void add_safetensors(FormatCatalog& catalog);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  static const formats::FormatCatalog formats = [] {
    formats::FormatCatalog one("formats");
    formats::add_safetensors(one);
    return one;
  }();
  static const formats::FormatEntry& safetensors = formats.at("safetensors");
  static const Architecture dense = architecture_from_yaml("layers: [input: {shape: [2]}, dense: {units: 1}]");
  static const LayeredModel layered = with_layers(build_model(dense, initial_weights(dense, 1)));
  static const ScratchFile file;
  try {
    safetensors.load_weights(file.hold(data, size), layered);
  } catch (const Error&) {
  }
  try {
    const Model model = safetensors.load(file.hold(data, size));
    if (weights_of(model).size() != weight_specs(architecture_of(model)).size()) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
