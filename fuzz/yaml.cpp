// An architecture in YAML: an architecture or an Error; of an architecture, a graph or an Error. What was read comes back from its JSON.
#include "base/progress.hpp"
#include "graph/onnx.hpp"
#include "small_architecture.hpp"
#include "upkeep/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  set_quiet(true);
  try {
    const Architecture architecture = architecture_from_yaml({reinterpret_cast<const char*>(data), size});
    const Json once = to_json(architecture);
    if (to_json(architecture_from_json(once)) != once) std::abort();
    if (is_small(architecture)) verify(build_model(architecture, initial_weights(architecture, 1)));
  } catch (const Error&) {
  }
  return 0;
}
