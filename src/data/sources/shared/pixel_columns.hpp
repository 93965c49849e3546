// Columns of pixels as one column of images: what a CSV of digits needs before a convolution can read it.
#pragma once

#include <string>

#include "base/settings.hpp"
#include "data/table.hpp"

namespace upkeep::sources {

// What may be said of any table.
struct TableSettings {
  std::string image_shape;  // "8x8x1": height, width, channels
  std::string pixels;
  std::int64_t window = 0;
  std::int64_t stride = 1;
  std::int64_t horizon = 1;
  std::string by;
};

// The H * W * C columns of pixels, in their order, become "image", [N, H, W, C] float32 or, where that would change a number, float64, in
// the place of the first of them. They are the numeric columns whose names begin with `pixels`; where that is empty, those whose names are
// alike up to their first digit. One column of as many numbers is taken by itself and keeps its name. Without image_shape the table stays
// as it is. Throws Error{kInvalidArgument} when there are no such columns, or several choices.
Table pack_pixels(const Table& table, const TableSettings& settings);

}  // namespace upkeep::sources

namespace upkeep {

template <>
inline const Settings settings<sources::TableSettings> = describe<sources::TableSettings>(
    "data", "what may be said of any table, behind its name",
    field("image_shape", &sources::TableSettings::image_shape, "HEIGHTxWIDTH or HEIGHTxWIDTHxCHANNELS: columns of pixels become images"),
    field("pixels", &sources::TableSettings::pixels,
          "what the names of the pixels begin with (default: names alike up to their first digit)"),
    field("window", &sources::TableSettings::window, "rows that follow each other make a sample [WINDOW, FEATURES]; 0: each row is one",
          range(0, 1e9), "rows"),
    field("stride", &sources::TableSettings::stride, "from the beginning of one window to that of the next", range(1, 1e9), "rows"),
    field("horizon", &sources::TableSettings::horizon, "how far behind a window's last row its target is", range(0, 1e9), "rows"),
    field("by", &sources::TableSettings::by, "a column: rows of equal values are a series of their own, in which windows stay"));

}  // namespace upkeep
