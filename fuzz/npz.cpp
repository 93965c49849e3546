// NumPy's archive of arrays: reading gives arrays or an Error, and arrays come back from an archive of our own as they were.
#include <utility>

#include "data/sources/npz.hpp"
#include "data/sources/shared/npy.hpp"
#include "scratch_file.hpp"
#include "upkeep/error.hpp"

namespace {

using namespace upkeep;

std::string bytes_of(const sources::Npy& npy) {
  return npy.header + std::string(reinterpret_cast<const char*>(npy.elements.bytes().data()), npy.elements.size_bytes());
}

Tensor array_of(std::string_view bytes) {
  return sources::read_npy(bytes.size(), [rest = std::as_bytes(std::span(bytes))](std::span<std::byte> into) mutable {
    if (into.size() > rest.size()) throw Error(ErrorCode::kCorrupt, "it ends too early");
    std::ranges::copy(rest.first(into.size()), into.begin());
    rest = rest.subspan(into.size());
  });
}

// Written once, an array is written the same again.
void check_writing(const Tensor& array) {
  std::string once;
  try {
    once = bytes_of(sources::to_npy(array));
  } catch (const Error&) {
    return;  // what NumPy has no place for
  }
  if (bytes_of(sources::to_npy(array_of(once))) != once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFile file;
  try {
    for (const auto& [name, array] : sources::read_npz(file.hold(data, size))) check_writing(array);
  } catch (const Error&) {
  }
  try {  // the checksums of an archive hide most of an array from chance
    check_writing(array_of({reinterpret_cast<const char*>(data), size}));
  } catch (const Error&) {
  }
  return 0;
}
