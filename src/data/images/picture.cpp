#include "data/images/picture.hpp"

#include "base/format.hpp"
#include "data/images/decoders.hpp"

namespace upkeep::images {

namespace {

constexpr std::int64_t kLongestSide = 65'500;  // libjpeg's
constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;

}  // namespace

Picture blank(std::int64_t height, std::int64_t width, int channels, std::uint8_t value) {
  if (height < 1 || width < 1) throw Error(ErrorCode::kCorrupt, upkeep::format("a picture of {} x {} pixels", height, width));
  if (height > kLongestSide || width > kLongestSide || height * width > kMostPixels)
    throw Error(ErrorCode::kResourceExhausted, upkeep::format("a picture of {} x {} pixels is too large", height, width),
                upkeep::format("{} a side and {} in all are read", kLongestSide, kMostPixels));
  Picture made{.height = static_cast<int>(height), .width = static_cast<int>(width), .channels = channels, .pixels = {}};
  made.pixels.assign(static_cast<std::size_t>(height) * made.row_bytes(), value);
  return made;
}

Picture to_grey(const Picture& rgb) {
  Picture grey = blank(rgb.height, rgb.width, 1);
  const std::uint8_t* from = rgb.pixels.data();
  for (std::uint8_t& pixel : grey.pixels) {  // Pillow's weights and rounding
    pixel = static_cast<std::uint8_t>((from[0] * 19595U + from[1] * 38470U + from[2] * 7471U + 0x8000U) >> 16U);
    from += 3;
  }
  return grey;
}

Error damaged(std::string_view format, std::string_view why) {
  return Error(ErrorCode::kCorrupt, upkeep::format("this {} file is cut off or damaged: {}", format, why));
}

std::string_view unread_format(std::string_view bytes) {
  const std::string_view brand = bytes.size() >= 12 && bytes.substr(4, 4) == "ftyp" ? bytes.substr(8, 4) : "";
  if (bytes.starts_with("BM") && bytes.size() > 14 && bytes.substr(6, 4) == std::string_view("\0\0\0\0", 4)) return "BMP";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "GIF";
  if (bytes.starts_with(std::string_view("II*\0", 4)) || bytes.starts_with(std::string_view("MM\0*", 4))) return "TIFF";
  if (brand == "avif" || brand == "avis") return "AVIF";
  return brand.starts_with("hei") || brand.starts_with("hev") || brand == "mif1" ? "HEIC" : "";
}

Picture decode(std::string_view bytes, int channels) {
  if (is_jpeg(bytes)) return decode_jpeg(bytes, channels);
  if (is_png(bytes)) return decode_png(bytes, channels);
  if (is_webp(bytes)) return decode_webp(bytes, channels);
  if (const std::string_view format = unread_format(bytes); !format.empty())
    throw Error(ErrorCode::kUnsupported, upkeep::format("{} images are not read", format), "JPEG, PNG and WebP are: convert the file");
  throw Error(ErrorCode::kUnsupported, bytes.empty() ? "the file is empty" : "this is no picture", "JPEG, PNG and WebP are read");
}

}  // namespace upkeep::images
