// The bytes of an ONNX file: reading, verifying and inferring give a result or an Error; what was read is written the same way twice, and
// is what a file of these bytes is read as.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "graph/onnx.hpp"
#include "scratch_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ModelLimits limits{.file_bytes = 1 << 20, .nodes = 10'000};
  std::string once;
  try {
    Model model = model_from_bytes(bytes, limits);
    once = model_to_bytes(model);
    verify(model);
    infer_shapes(model);
  } catch (const Error&) {
    if (once.empty()) return 0;
  }
  if (model_to_bytes(model_from_bytes(once)) != once) std::abort();
  static const ScratchFile file;
  if (model_to_bytes(load_onnx(file.hold(data, size), limits)) != once) std::abort();
  return 0;
}
