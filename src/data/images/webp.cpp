// WebP, by libwebp: still pictures.

#include <webp/decode.h>

#include "data/images/decoders.hpp"

namespace upkeep::images {

bool is_webp(std::string_view bytes) { return bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP"; }

Picture decode_webp(std::string_view bytes, int channels) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPBitstreamFeatures features;
  const VP8StatusCode code = WebPGetFeatures(data, bytes.size(), &features);
  if (code != VP8_STATUS_OK) throw damaged("WebP", "its header cannot be read");
  if (features.has_animation) throw Error(ErrorCode::kUnsupported, "this WebP file is an animation", "still pictures are read");
  Picture picture = blank(features.height, features.width, 3);
  if (!WebPDecodeRGBInto(data, bytes.size(), picture.pixels.data(), picture.pixels.size(), static_cast<int>(picture.row_bytes())))
    throw damaged("WebP", "its pixels cannot be read");
  return channels == 1 ? to_grey(picture) : picture;
}

}  // namespace upkeep::images
