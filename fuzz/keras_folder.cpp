// The folder that Keras 3's archive unpacks to, with any content: a model or an Error.
#include "base/progress.hpp"
#include "convert/formats/keras_inside.hpp"
#include "graph/onnx.hpp"
#include "scratch_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  static const ScratchFolder scratch;
  set_quiet(true);
  try {
    verify(formats::model_from_keras(formats::read_keras_folder(scratch.hold({reinterpret_cast<const char*>(data), size}))));
  } catch (const Error&) {
  }
  return 0;
}
