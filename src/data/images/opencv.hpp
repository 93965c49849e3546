// OpenCV, loaded when it is first needed. Linked, it would cost every command 7 ms and 12 more libraries (X11, LAPACK, TBB, ...) at its
// start. Its headers are seen by modules/opencv.cpp only, which is a library of its own with this table as its one symbol.
#pragma once

#include <cstdint>

namespace upkeep::images {

// Each returns null, or says what went wrong; the text is valid until the thread's next call.
struct OpencvModule {
  const char* (*blur)(float* values, int height, int width, double sigma);
  const char* (*resize)(const std::uint8_t* from, int height, int width, int channels, std::uint8_t* to, int to_height, int to_width);
  const char* (*text)(std::uint8_t* pixels, int height, int width, int channels, int x, int y, double scale, std::uint8_t grey,
                      const char* text);
};

// The name says the table's version.
inline constexpr const char* kOpencvSymbol = "upkeep_opencv_1";

// Throws Error{kNotFound} when the library cannot be loaded.
const OpencvModule& opencv();

}  // namespace upkeep::images
