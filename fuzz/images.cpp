// The bytes of a picture: JPEG, PNG or WebP become pixels or an Error; what was read comes back from our own PNG.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "data/images/picture.hpp"
#include "upkeep/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const int channels : {1, 3}) {
    images::Picture picture;
    try {
      picture = images::decode(bytes, channels);
    } catch (const Error&) {
      continue;
    }
    if (images::decode(images::encode_png(picture), channels).pixels != picture.pixels) std::abort();
  }
  return 0;
}
