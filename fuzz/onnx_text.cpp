// ONNX text: reading gives a model or an Error, and a model that text can hold comes back from it as it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "graph/onnx.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  try {
    const Model model = model_from_text({reinterpret_cast<const char*>(data), size});
    const std::string text = model_to_text(model);
    if (model_to_text(model_from_text(text)) != text) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
