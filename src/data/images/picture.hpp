// Pictures: decoded from files, written as PNG. For data sources and contact sheets; training works on tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace upkeep::images {

struct Picture {
  int height = 0;
  int width = 0;
  int channels = 0;                  // 1 grey, 3 red, green, blue
  std::vector<std::uint8_t> pixels;  // [height, width, channels]
  std::size_t row_bytes() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels); }
  std::uint8_t* at(int y, int x) {
    return pixels.data() + static_cast<std::size_t>(y) * row_bytes() + static_cast<std::size_t>(x) * static_cast<std::size_t>(channels);
  }
};

// Throws Error{kResourceExhausted} beyond the limits: 65,500 pixels a side, 2^26 in all.
Picture blank(std::int64_t height, std::int64_t width, int channels, std::uint8_t value = 0);

// JPEG, PNG or WebP, told by the content, as red, green, blue or, with one channel, as grey (ITU-R BT.601, as Pillow's "L"). What is
// transparent shows as stored. Untrusted input: the size is compared with the limits before memory is taken.
// Throws Error{kUnsupported} for other formats, {kCorrupt} for what is cut off or damaged, {kResourceExhausted} beyond the limits.
Picture decode(std::string_view bytes, int channels);

std::string encode_png(const Picture& picture);

// By the mean of what a pixel covers where the picture shrinks, bilinear where it grows (OpenCV: INTER_AREA, INTER_LINEAR).
Picture resize(const Picture& picture, int height, int width);

// White or other grey text, ASCII only, with its baseline at y; `scale` 1 is about 22 pixels high (OpenCV: Hershey's plain letters).
void draw_text(Picture& picture, int x, int y, double scale, std::uint8_t grey, const std::string& text);

}  // namespace upkeep::images
