// What the contained reader of Keras's files hands back: a KerasFile or an Error, and of a file a model or an Error.
#include "convert/formats/shared/keras_bytes.hpp"
#include "base/progress.hpp"
#include "graph/onnx.hpp"
#include "upkeep/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  set_quiet(true);
  auto owner = std::make_shared<std::vector<std::byte>>(size);
  std::ranges::copy(std::as_bytes(std::span(data, size)), owner->begin());
  try {
    const formats::KerasFile file = formats::keras_file_from_bytes({owner, *owner});
    verify(formats::model_from_keras(file));
  } catch (const Error&) {
  }
  return 0;
}
