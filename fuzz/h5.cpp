// Keras's HDF5 files with any content: a KerasFile or an Error, and of a file a model or an Error. The input says what is in the file.
#include "base/progress.hpp"
#include "convert/formats/keras_inside.hpp"
#include "graph/onnx.hpp"
#include "h5_content.hpp"
#include "scratch_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  static const ScratchFile scratch;
  set_quiet(true);
  const std::string bytes = h5_file_of({reinterpret_cast<const char*>(data), size});
  const std::filesystem::path file = scratch.hold(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  try {
    formats::read_keras_h5_weights(file);
  } catch (const Error&) {
  }
  try {
    verify(formats::model_from_keras(formats::read_keras_h5(file)));
  } catch (const Error&) {
  }
  return 0;
}
