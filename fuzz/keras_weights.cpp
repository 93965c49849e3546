// Weights alone for an architecture in YAML, net.yaml: from one file, w.weights.h5, and from several, w.weights.json and its shards. They
// are read or refused with an Error; what was read is all that the architecture takes.
#include "base/progress.hpp"
#include "convert/formats/keras_inside.hpp"
#include "layers/view/architecture.hpp"
#include "scratch_folder.hpp"
#include "small_architecture.hpp"

namespace {

using namespace upkeep;

void take(const LayeredModel& layered, const formats::KerasFile& file) {
  const Weights weights = formats::weights_from_keras(file, layered.architecture, layers::keras_places_of(layered));
  if (weights.size() != weight_specs(layered.architecture).size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFolder scratch;
  set_quiet(true);
  try {
    const std::filesystem::path folder = scratch.hold({reinterpret_cast<const char*>(data), size});
    const Architecture architecture = architecture_from_yaml(read_file(folder / "net.yaml"));
    if (!is_small(architecture)) return 0;
    const LayeredModel layered = with_layers(build_model(architecture, initial_weights(architecture, 1)));
    if (std::filesystem::exists(folder / "w.weights.h5")) take(layered, formats::read_keras_h5_weights(folder / "w.weights.h5"));
    if (std::filesystem::exists(folder / "w.weights.json")) take(layered, formats::read_keras_shards(folder / "w.weights.json"));
  } catch (const Error&) {
  }
  return 0;
}
