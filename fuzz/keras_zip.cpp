// Keras 3's archive: a model or an Error.
#include "base/progress.hpp"
#include "convert/formats/keras_inside.hpp"
#include "graph/onnx.hpp"
#include "scratch_file.hpp"
#include "upkeep/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  static const ScratchFile scratch;
  set_quiet(true);
  try {
    verify(formats::model_from_keras(formats::read_keras_archive(scratch.hold(data, size))));
  } catch (const Error&) {
  }
  return 0;
}
