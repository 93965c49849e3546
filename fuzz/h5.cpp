// Keras's HDF5 files with any content: a KerasFile or an Error, and of a file a model or an Error.
//
// The input is not a file but says what is in one, because the HDF5 library itself loops and crashes on damaged files: that is why it works
// in a contained process, and why a fuzzer in this one would find its faults instead of ours. A line of the input is one of
//
//   group PATH    text GROUP NAME WORDS...    texts GROUP NAME TEXT|TEXT...    float PATH 2 3    integer PATH 2 3
//
// where a GROUP of "/" is the root.
#include <sstream>

#include "base/names.hpp"
#include "base/progress.hpp"
#include "convert/formats/hdf5.hpp"
#include "convert/formats/keras_inside.hpp"
#include "graph/onnx.hpp"
#include "scratch_file.hpp"
#include "upkeep/error.hpp"

namespace {

using namespace upkeep;

constexpr std::int64_t kMostElements = 1 << 12;

template <typename T>
Tensor ones(std::istringstream& words) {
  Shape shape;
  for (std::int64_t dim = 0; words >> dim;) shape.push_back(dim);
  if (element_count(shape) > kMostElements) throw Error(ErrorCode::kResourceExhausted, "too large to be quick");
  return Tensor(shape, std::vector<T>(static_cast<std::size_t>(element_count(shape)), T{1}));
}

void write_line(hdf5::Writer& writer, const std::string& line) {
  std::istringstream words(line);
  std::string what, path, name;
  words >> what >> path;
  if (path == "/") path.clear();
  if (what == "group") writer.group(path);
  if (what == "float") writer.tensor(path, ones<float>(words));
  if (what == "integer") writer.tensor(path, ones<std::int64_t>(words));
  if (what != "text" && what != "texts") return;
  words >> name >> std::ws;
  std::string rest;
  std::getline(words, rest, '\0');
  if (what == "text") writer.text(path, name, rest);
  else writer.texts(path, name, rest.empty() ? std::vector<std::string>() : split(rest, '|'));
}

// A line that cannot be written is left out: a group that there is, an attribute where there is no group.
std::string file_of(std::string_view input) {
  hdf5::Writer writer;
  for (const std::string& line : split(input, '\n')) {
    try {
      write_line(writer, line);
    } catch (const Error&) {
    }
  }
  return writer.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFile scratch;
  set_quiet(true);
  const std::string bytes = file_of({reinterpret_cast<const char*>(data), size});
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
