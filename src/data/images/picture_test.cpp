// tests/fixtures/images holds small files by Pillow 13 and what Pillow reads back (tests/fixtures/make_images.py).

#include "data/images/picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "base/error_testing.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "base/source_folder_testing.hpp"
#include "data/images/imaging.hpp"

namespace upkeep::images {

using testing::AnyOf;
using testing::HasSubstr;

namespace {

std::string picture_file(const std::string& name) { return read_file(source_folder() / "tests" / "fixtures" / "images" / name); }

// The largest difference to what Pillow read.
int farthest(const Picture& picture, std::istringstream& expected) {
  int most = 0;
  for (const std::uint8_t pixel : picture.pixels) {
    int value = -1;
    expected >> value;
    most = std::max(most, std::abs(value - int{pixel}));
  }
  return most;
}

}  // namespace

TEST(Picture, ReadsWhatPillowReads) {
  std::istringstream lines(picture_file("expected.txt"));
  int files = 0;
  for (std::string line; std::getline(lines, line); ++files) {
    std::istringstream words(line);
    std::string name;
    std::string mode;
    int width = 0;
    int height = 0;
    words >> name >> mode >> width >> height;
    const Picture picture = decode(picture_file(name), mode == "L" ? 1 : 3);
    ASSERT_EQ(picture.width, width) << name;
    ASSERT_EQ(picture.height, height) << name;
    const bool rounded = name.ends_with(".jpg");  // Grey is the file's own brightness there, without the way through red, green and blue
    EXPECT_LE(farthest(picture, words), rounded ? 3 : 0) << name << " as " << mode;
  }
  EXPECT_EQ(files, 18);
}

TEST(Picture, RefusesWhatIsNotMeant) {
  EXPECT_THAT(message_of([] { decode(picture_file("cmyk.jpg"), 3); }), HasSubstr("CMYK"));
  EXPECT_THAT(message_of([] { decode(picture_file("animation.webp"), 3); }), HasSubstr("animation"));
  EXPECT_THAT(message_of([] { decode("JFIF89", 3); }), HasSubstr("JPEG, PNG and WebP are read"));
  EXPECT_THAT(message_of([] { decode("", 3); }), HasSubstr("the file is empty"));
}

TEST(Picture, NamesFormatsThatAreNotRead) {
  const auto refusal = [](std::string_view bytes) { return message_of([&] { decode(bytes, 3); }); };
  EXPECT_THAT(refusal("GIF89a..."), HasSubstr("GIF images are not read (JPEG, PNG and WebP are"));
  EXPECT_THAT(refusal(std::string_view("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28", 15)), HasSubstr("BMP images are not read"));
  EXPECT_THAT(refusal(std::string_view("II*\0\x08\0\0\0", 8)), HasSubstr("TIFF images are not read"));
  EXPECT_THAT(refusal(std::string_view("\0\0\0\x18"
                                       "ftypheic....",
                                       16)),
              HasSubstr("HEIC images are not read"));
}

TEST(Picture, RefusesEveryFileThatIsCutOff) {
  for (const char* name : {"rgb.png", "palette.png", "smooth.jpg", "progressive.jpg", "lossless.webp", "lossy.webp"}) {
    const std::string whole = picture_file(name);
    for (std::size_t size = 12; size + 16 < whole.size(); size += 5)  // a PNG's last 12 bytes, a JPEG's last 2, end it and say no more
      EXPECT_THAT(message_of([&] { decode(whole.substr(0, size), 3); }), HasSubstr("cut off or damaged")) << name << " " << size;
  }
}

// Sanitizers watch: whatever the bytes say, there is a picture or an Error.
TEST(Picture, SurvivesDamagedFiles) {
  Random random(11);
  for (const char* name : {"rgba.png", "palette.png", "smooth.jpg", "progressive.jpg", "lossless.webp", "lossy.webp"})
    for (int i = 0; i < 200; ++i) {
      std::string bytes = picture_file(name);
      for (std::uint64_t k = 0; k <= random.below(4); ++k) bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
      message_of([&] { EXPECT_FALSE(decode(bytes, 3).pixels.empty()); });
    }
}

TEST(Picture, RefusesSizesBeforeItTakesMemory) {
  std::string png = picture_file("rgb.png");
  for (const std::size_t place : {16U, 20U}) png[place + 1] = '\x7F';  // width and height of 8 million pixels; the checksum is wrong too
  EXPECT_THAT(message_of([&] { decode(png, 3); }), AnyOf(HasSubstr("too large"), HasSubstr("damaged")));
  EXPECT_THAT(message_of([] { blank(9000, 9000, 3); }), HasSubstr("9000 x 9000 pixels is too large"));
  EXPECT_THAT(message_of([] { blank(65501, 1, 3); }), HasSubstr("65500 a side"));
  EXPECT_THAT(message_of([] { blank(0, 1, 3); }), HasSubstr("0 x 1"));
  std::string jpeg = picture_file("smooth.jpg");
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg[frame + 5] = jpeg[frame + 7] = '\xFF';  // 65,304 x 65,312
  EXPECT_THAT(message_of([&] { decode(jpeg, 3); }), HasSubstr("too large"));
}

TEST(Picture, IsWrittenAsPngThatReadsBack) {
  for (const int channels : {1, 3}) {
    Picture picture = blank(5, 7, channels);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<std::uint8_t>(i * 37);
    const Picture back = decode(encode_png(picture), channels);
    EXPECT_EQ(back.pixels, picture.pixels);
    EXPECT_EQ(back.width, 7);
  }
}

TEST(Picture, ShrinksToTheMeansOfWhatPixelsCover) {
  Picture picture = blank(4, 6, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<std::uint8_t>((i * 53) % 251);
  Picture small = resize(picture, 2, 2);
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 2; ++x)
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        for (int j = 0; j < 2; ++j)
          for (int i = 0; i < 3; ++i) sum += picture.at(2 * y + j, 3 * x + i)[c];
        EXPECT_NEAR(small.at(y, x)[c], sum / 6, 0.51);
      }
}

TEST(Picture, GrowsBetweenItsPixels) {
  Picture picture = blank(1, 2, 1);
  picture.pixels = {0, 200};
  EXPECT_THAT(resize(picture, 1, 4).pixels, testing::ElementsAre(0, 50, 150, 200));  // centres at -0.25, 0.25, 0.75, 1.25
}

TEST(Picture, TakesText) {
  Picture picture = blank(30, 60, 3);
  draw_text(picture, 2, 22, 0.8, 255, "7");
  const auto bright = std::ranges::count_if(picture.pixels, [](std::uint8_t pixel) { return pixel > 128; });
  EXPECT_GT(bright, 30);
  EXPECT_LT(bright, 1500);
}

TEST(Imaging, BlursByTheDefinitionOfAGaussian) {
  constexpr int kHeight = 5;
  constexpr int kWidth = 7;
  std::vector<float> values(kHeight * kWidth);
  Random(4).fill_uniform(values);
  for (const double sigma : {0.6, 2.0, 4.0}) {  // the last one reaches far beyond the edges
    std::vector<float> blurred = values;
    blur(blurred, kHeight, kWidth, sigma);
    const int reach = static_cast<int>(std::ceil(4 * sigma));
    const auto mirror = [](int i, int size) {
      while (i < 0 || i >= size) i = i < 0 ? -i - 1 : 2 * size - 1 - i;
      return i;
    };
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x) {
        double sum = 0;
        double weights = 0;
        for (int j = -reach; j <= reach; ++j)
          for (int i = -reach; i <= reach; ++i) {
            const double weight = std::exp(-(i * i + j * j) / (2 * sigma * sigma));
            sum += weight * double{values[static_cast<std::size_t>(mirror(y + j, kHeight) * kWidth + mirror(x + i, kWidth))]};
            weights += weight;
          }
        EXPECT_NEAR(blurred[static_cast<std::size_t>(y * kWidth + x)], sum / weights, 1e-5) << sigma;
      }
  }
}

}  // namespace upkeep::images
