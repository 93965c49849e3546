#include "cli/contact_sheet.hpp"

#include <algorithm>
#include <cmath>

namespace upkeep {

namespace {

using images::Picture;

constexpr int kSmallestCell = 112;  // pixels; images are enlarged to about this
constexpr int kLargestCell = 224;   // and reduced to this
constexpr int kMargin = 16;
constexpr int kGap = 8;
constexpr int kApart = 16;  // more, behind the first column
constexpr int kHeading = 26;
constexpr int kCaption = 20;
constexpr int kLetter = 8;  // about as wide as a letter of this scale is
constexpr double kTextScale = 0.42;
constexpr std::uint8_t kPaper = 250;
constexpr std::uint8_t kInk = 40;

Picture enlarged(const Picture& picture, int factor) {
  Picture large = images::blank(std::int64_t{picture.height} * factor, std::int64_t{picture.width} * factor, picture.channels);
  Picture source = picture;
  for (int y = 0; y < large.height; ++y)
    for (int x = 0; x < large.width; ++x) std::copy_n(source.at(y / factor, x / factor), picture.channels, large.at(y, x));
  return large;
}

Picture fitted(const Picture& picture) {
  const int longest = std::max(picture.height, picture.width);
  if (longest > kLargestCell) {
    const auto scaled = [longest](int side) { return std::max(1, side * kLargestCell / longest); };
    return images::resize(picture, scaled(picture.height), scaled(picture.width));
  }
  return enlarged(picture, std::max(1, (kSmallestCell + longest / 2) / longest));
}

void paste(const Picture& picture, Picture& sheet, int top, int left) {
  Picture source = picture;
  for (int y = 0; y < picture.height; ++y) std::copy_n(source.at(y, 0), picture.row_bytes(), sheet.at(top + y, left));
}

// As much of the text as fits.
void write(Picture& sheet, int left, int baseline, int width, const std::string& text) {
  const auto most = static_cast<std::size_t>(std::max(1, width / kLetter));
  images::draw_text(sheet, left, baseline, kTextScale, kInk, text.size() <= most ? text : text.substr(0, most - 1) + ".");
}

}  // namespace

images::Picture to_picture(const augment::Image& image, double low, double high) {
  const int channels = image.shape.channels;
  Picture picture = images::blank(image.shape.height, image.shape.width, 3);
  const double scale = high > low ? 255 / (high - low) : 0;
  std::uint8_t* to = picture.pixels.data();
  for (int y = 0; y < image.shape.height; ++y)
    for (int x = 0; x < image.shape.width; ++x)
      for (int c = 0; c < 3; ++c) {
        const double value = (double{image.at(y, x)[channels == 3 ? c : 0]} - low) * scale;
        *to++ = static_cast<std::uint8_t>(std::lround(std::clamp(std::isnan(value) ? 0.0 : value, 0.0, 255.0)));
      }
  return picture;
}

images::Picture draw(const ContactSheet& sheet) {
  int width = 0;
  int height = 0;
  std::vector<std::vector<Picture>> pictures;
  for (const std::vector<SheetCell>& row : sheet.rows) {
    pictures.emplace_back();
    for (const SheetCell& cell : row) {
      pictures.back().push_back(fitted(to_picture(cell.image, sheet.low, sheet.high)));
      width = std::max(width, pictures.back().back().width);
      height = std::max(height, pictures.back().back().height);
    }
  }
  const auto columns = static_cast<int>(sheet.headings.size());
  const auto rows = static_cast<int>(sheet.rows.size());
  const auto left_of = [&](int column) { return kMargin + column * (width + kGap) + (column > 0 ? kApart : 0); };
  const auto top_of = [&](int row) { return kMargin + kHeading + row * (height + kCaption + kGap); };
  Picture page = images::blank(top_of(rows) + kMargin - kGap, left_of(columns) + kMargin - kGap, 3, kPaper);
  for (int column = 0; column < columns; ++column)
    write(page, left_of(column), kMargin + kHeading - 10, width, sheet.headings[static_cast<std::size_t>(column)]);
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const auto [r, c] = std::pair{static_cast<std::size_t>(row), static_cast<std::size_t>(column)};
      const Picture& picture = pictures[r][c];
      paste(picture, page, top_of(row), left_of(column));
      write(page, left_of(column), top_of(row) + picture.height + 14, width, sheet.rows[r][c].caption);
    }
  return page;
}

}  // namespace upkeep
