#include "data/sources/shared/pixel_columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/source_folder_testing.hpp"

namespace upkeep::sources {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

static Table pixel_table() {
  Table table;
  table.add("label", Tensor({2}, std::vector<std::int64_t>{7, 8}));
  for (int i = 0; i < 6; ++i) table.add(upkeep::format("p{}", i), Tensor({2}, std::vector<double>{double(i), 10.0 + i}));
  table.add("note", Tensor({2}, std::vector<std::string>{"a", "b"}));
  return table;
}

TEST(PixelColumns, BecomeOneColumnOfImages) {
  const Table packed = pack_pixels(pixel_table(), {.image_shape = "2x3x1", .pixels = ""});
  EXPECT_THAT(packed.names(), ElementsAre("label", "image", "note"));
  EXPECT_EQ(packed.column("image").shape(), (Shape{2, 2, 3, 1}));
  EXPECT_THAT(packed.column("image").floats(), ElementsAre(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15));
}

TEST(PixelColumns, MayBeNamedByTheirBeginning) {
  Table table = pixel_table();
  for (int i = 0; i < 6; ++i) table.add(upkeep::format("q{}", i), Tensor({2}, std::vector<double>{0, 0}));
  EXPECT_THAT(message_of([&] { pack_pixels(table, {.image_shape = "2x3", .pixels = ""}); }),
              AllOf(HasSubstr("2 groups of columns"), HasSubstr("pixels=PREFIX")));
  EXPECT_EQ(pack_pixels(table, {.image_shape = "1x2x3", .pixels = "p"}).column("image").shape(), (Shape{2, 1, 2, 3}));
  EXPECT_THAT(message_of([&] { pack_pixels(table, {.image_shape = "2x2", .pixels = "p"}); }),
              AllOf(HasSubstr("need 4"), HasSubstr("begins 6")));
}

TEST(PixelColumns, ReshapeAnArrayThatHasAsManyNumbers) {
  Table table;
  table.add("x", Tensor({2, 6}, std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  table.add("y", Tensor({2}, std::vector<std::int64_t>{0, 1}));
  const Table packed = pack_pixels(table, {.image_shape = "3x2", .pixels = ""});
  EXPECT_EQ(packed.column("x").shape(), (Shape{2, 3, 2, 1}));
  EXPECT_EQ(packed.column("x").dtype(), DType::kUInt8);
}

TEST(PixelColumns, StayWhereNoShapeIsGiven) { EXPECT_EQ(pack_pixels(pixel_table(), {}).names(), pixel_table().names()); }

TEST(PixelColumns, SaysWhatIsWrong) {
  const auto refusal = [](const char* shape) {
    return message_of([&] { pack_pixels(pixel_table(), {.image_shape = shape, .pixels = ""}); });
  };
  EXPECT_THAT(refusal("2x4x1"), AllOf(HasSubstr("need 8 columns"), HasSubstr("p0")));
  for (const char* shape : {"6", "2x", "2x0x1", "-2x3", "2x3x1x1", "axb", "2x99999999999999999999"})
    EXPECT_THAT(refusal(shape), HasSubstr("is no shape of images")) << shape;
}

TEST(PixelColumns, OfTheDigitsAreReadFromTheirFile) {
  const Table table = load_table(source_folder().string() + "/tests/data/digits.csv:image_shape=8x8x1");
  EXPECT_EQ(table.column("image").shape(), (Shape{1797, 8, 8, 1}));
  EXPECT_EQ(table.columns().size(), 2U);
  const Table plain = load_table((source_folder() / "tests/data/digits.csv").string());
  const Tensor image = table.column("image");
  const Tensor pixel = plain.column("pixel_3_4").cast(DType::kFloat32);
  for (std::size_t row = 0; row < 1797; row += 100) EXPECT_EQ(image.floats()[row * 64 + 28], pixel.floats()[row]);
}

TEST(PixelColumns, AFileMayHaveAColonInItsName) {
  const TemporaryFolder folder;
  write_file(folder / "a:b=1.csv", "x\n1\n");
  EXPECT_EQ(load_table(folder / "a:b=1.csv").rows(), 1);
  EXPECT_THAT(message_of([&] { load_table(folder / "none.csv:image_shape=1x1"); }), HasSubstr("none.csv: there is no such file"));
  EXPECT_THAT(message_of([&] { load_table(folder / "a.csv:image_shape"); }), HasSubstr("no such file"));
}

}  // namespace upkeep::sources
