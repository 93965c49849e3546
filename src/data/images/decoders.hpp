// One decoder for each format; decode() in picture.hpp chooses.
#pragma once

#include <string_view>

#include "data/images/picture.hpp"
#include "upkeep/error.hpp"

namespace upkeep::images {

bool is_jpeg(std::string_view bytes);
bool is_png(std::string_view bytes);
bool is_webp(std::string_view bytes);
// "BMP", "GIF", "TIFF", "HEIC", "AVIF": a picture that is known by its first bytes and not read; empty: none.
std::string_view unread_format(std::string_view bytes);
Picture decode_jpeg(std::string_view bytes, int channels);
Picture decode_png(std::string_view bytes, int channels);
Picture decode_webp(std::string_view bytes, int channels);

Picture to_grey(const Picture& rgb);
Error damaged(std::string_view format, std::string_view why);

}  // namespace upkeep::images
