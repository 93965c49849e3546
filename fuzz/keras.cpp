// Keras's model.to_json(): an architecture or an Error; of an architecture, a graph or an Error. What was read is written in a form that
// reads as the same architecture.
#include "base/json.hpp"
#include "base/progress.hpp"
#include "graph/onnx.hpp"
#include "layers/keras/json.hpp"
#include "layers/view/architecture.hpp"
#include "small_architecture.hpp"
#include "upkeep/error.hpp"

namespace {

using namespace upkeep;

void check_building(const Architecture& architecture) {
  try {
    if (is_small(architecture)) verify(build_model(architecture, initial_weights(architecture, 1)));
  } catch (const Error&) {
  }
}

// Throws where Keras has no form for it.
void check_writing(const Architecture& architecture) {
  const Json once = layers::architecture_to_keras(architecture);
  const Architecture again = layers::architecture_from_keras(once);
  if (layers::architecture_to_keras(again) != once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_quiet(true);
  try {
    const Architecture architecture = layers::architecture_from_keras(parse_json({reinterpret_cast<const char*>(data), size}));
    check_building(architecture);
    check_writing(architecture);
  } catch (const Error&) {
  }
  return 0;
}
