// An HDF5 file by what is in it, because the HDF5 library itself loops and crashes on damaged files: that is why it works in a contained
// process, and why a fuzzer in this one would find its faults instead of ours. A line says one of
//
//   group PATH    text GROUP NAME WORDS...    texts GROUP NAME TEXT|TEXT...    float PATH 2 3    integer PATH 2 3
//
// where a GROUP of "/" is the root.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "convert/formats/shared/hdf5.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

inline constexpr std::int64_t kMostH5Elements = 1 << 12;

template <typename T>
Tensor ones_of(std::istringstream& words) {
  Shape shape;
  for (std::int64_t dim = 0; words >> dim;) shape.push_back(dim);
  if (element_count(shape) > kMostH5Elements) throw Error(ErrorCode::kResourceExhausted, "too large to be quick");
  return Tensor(shape, std::vector<T>(static_cast<std::size_t>(element_count(shape)), T{1}));
}

inline void write_h5_line(hdf5::Writer& writer, const std::string& line) {
  std::istringstream words(line);
  std::string what, path, name;
  words >> what >> path;
  if (path == "/") path.clear();
  if (what == "group") writer.group(path);
  if (what == "float") writer.tensor(path, ones_of<float>(words));
  if (what == "integer") writer.tensor(path, ones_of<std::int64_t>(words));
  if (what != "text" && what != "texts") return;
  words >> name >> std::ws;
  std::string rest;
  std::getline(words, rest, '\0');
  if (what == "text") writer.text(path, name, rest);
  else writer.texts(path, name, rest.empty() ? std::vector<std::string>() : split(rest, '|'));
}

// A line that cannot be written is left out: a group that there is, an attribute where there is no group.
inline std::string h5_file_of(std::string_view input) {
  hdf5::Writer writer;
  for (const std::string& line : split(input, '\n')) {
    try {
      write_h5_line(writer, line);
    } catch (const Error&) {
    }
  }
  return writer.finish();
}

}  // namespace upkeep
