#include "cli/contact_sheet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {

using testing::ElementsAre;

static augment::Image sheet_image(int height, int width, int channels, float value) {
  augment::Image image{.shape = {height, width, channels}, .pixels = {}};
  image.pixels.assign(image.shape.size(), value);
  return image;
}

TEST(ContactSheet, ShowsLowAsBlackAndHighAsWhite) {
  EXPECT_THAT(to_picture(sheet_image(1, 1, 1, 0), 0, 16).pixels, ElementsAre(0, 0, 0));
  EXPECT_THAT(to_picture(sheet_image(1, 1, 1, 8), 0, 16).pixels, ElementsAre(128, 128, 128));
  EXPECT_THAT(to_picture(sheet_image(1, 1, 3, 99), 0, 16).pixels, ElementsAre(255, 255, 255));
  EXPECT_THAT(to_picture(sheet_image(1, 1, 1, 5), 5, 5).pixels, ElementsAre(0, 0, 0));  // all values alike
  augment::Image colour = sheet_image(1, 1, 3, 0);
  colour.pixels = {0, 0.5f, 1};
  EXPECT_THAT(to_picture(colour, 0, 1).pixels, ElementsAre(0, 128, 255));
  colour.shape.channels = 1;
  colour.shape.width = 3;
  colour.pixels[1] = std::nanf("");
  EXPECT_EQ(to_picture(colour, 0, 1).pixels[3], 0);
}

// 8 x 8 becomes 112 x 112, every pixel a square of 14.
TEST(ContactSheet, EnlargesSmallImagesByWholePixels) {
  augment::Image image = sheet_image(8, 8, 1, 0);
  image.at(2, 3)[0] = 1;
  images::Picture page = draw({.headings = {"a", "b"}, .rows = {{{image, "1"}, {image, "2"}}}, .low = 0, .high = 1});
  int white = 0;
  for (int y = 0; y < page.height; ++y)
    for (int x = 0; x < page.width; ++x) white += page.at(y, x)[0] == 255;
  EXPECT_EQ(white, 2 * 14 * 14);
}

TEST(ContactSheet, ReducesLargeImagesAndHasRoomForAll) {
  const SheetCell large{sheet_image(448, 896, 3, 1), "long captions are cut where the picture ends, whatever they say"};
  const SheetCell small{sheet_image(28, 28, 1, 0), ""};
  const images::Picture page =
      draw({.headings = {"original", "1", "2"}, .rows = {{large, large, small}, {small, large, large}}, .low = 0, .high = 1});
  EXPECT_EQ(page.width, 3 * 224 + 2 * 8 + 16 + 2 * 16);
  EXPECT_EQ(page.height, 2 * (112 + 20) + 8 + 26 + 2 * 16);
}

}  // namespace upkeep
