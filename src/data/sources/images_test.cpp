#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "data/images/picture.hpp"
#include "data/table.hpp"

namespace upkeep {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class Images : public testing::Test {
 protected:
  // A picture of one colour with another pixel in its first corner.
  void put(const std::string& name, int height, int width, std::uint8_t value, int channels = 3) {
    images::Picture picture = images::blank(height, width, channels, value);
    picture.pixels.front() = 255;
    std::filesystem::create_directories((folder / name).parent_path());
    write_file(folder / name, images::encode_png(picture));
  }
  Table load(const std::string& settings = "") const { return load_table(folder.path().string() + settings); }
  std::string refusal(const std::string& settings = "") const {
    return message_of([&] { load(settings); });
  }

  const TemporaryFolder folder;
};

}  // namespace

TEST_F(Images, HaveTheFolderTheyLieInAsClass) {
  put("dog/b.png", 2, 3, 7);
  put("dog/a.PNG", 2, 3, 5);
  put("cat/sub/z.png", 2, 3, 9);
  write_file(folder / "cat/notes.txt", "no image");
  put("cat/.hidden.png", 9, 9, 1);
  const Table table = load();
  EXPECT_THAT(table.names(), ElementsAre("image", "class", "file"));
  EXPECT_EQ(table.column("image").shape(), (Shape{3, 2, 3, 3}));
  EXPECT_EQ(table.column("image").dtype(), DType::kUInt8);
  EXPECT_THAT(table.column("class").strings(), ElementsAre("cat", "dog", "dog"));
  EXPECT_THAT(table.column("file").strings(), ElementsAre("cat/sub/z.png", "dog/a.PNG", "dog/b.png"));
  EXPECT_EQ(table.target(), "class");
  const Tensor pixels = table.column("image");
  EXPECT_EQ(pixels.data<std::uint8_t>()[0], 255);
  EXPECT_EQ(pixels.data<std::uint8_t>()[1], 9);
  EXPECT_EQ(pixels.data<std::uint8_t>()[18 + 1], 5);
  EXPECT_EQ(pixels.data<std::uint8_t>()[36 + 17], 7);
}

TEST_F(Images, OfFormatsThatAreNotReadAreNamed) {
  put("dog/b.png", 2, 3, 7);
  write_file(folder / "dog/a.bmp", "BM");
  write_file(folder / "dog/c.TIF", "II*");
  testing::internal::CaptureStderr();
  EXPECT_EQ(load().rows(), 1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("dog/a.bmp and 1 more images are of formats that are not read and left out"));
  std::filesystem::remove(folder / "dog/b.png");
  EXPECT_THAT(refusal(), HasSubstr("the class dog has no images: dog/a.bmp and 1 more images are of formats that are not read"));
}

TEST_F(Images, TrainAModelByTheirClass) {
  put("dog/b.png", 2, 3, 7);
  put("cat/a.png", 2, 3, 5);
  const Dataset data = make_dataset(load(), "x", {.targets = {"class"}, .features = {}, .ignore = {}, .integer_targets = true});
  EXPECT_EQ(data.inputs.at("x").shape(), (Shape{2, 2, 3, 3}));
  EXPECT_EQ(data.inputs.at("x").floats()[1], 5);
  EXPECT_THAT(data.targets.data<std::int64_t>(), ElementsAre(0, 1));
  EXPECT_THAT(data.class_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(data.feature_names, ElementsAre("image"));
}

TEST_F(Images, AreResizedAndMadeGreyWhenAsked) {
  put("a/1.png", 8, 4, 100);
  put("b/2.png", 3, 9, 50, 1);
  const Table table = load(":height=2,width=2,color_mode=grayscale");
  EXPECT_EQ(table.column("image").shape(), (Shape{2, 2, 2, 1}));
  const Tensor pixels = table.column("image");
  EXPECT_EQ(pixels.data<std::uint8_t>()[3], 100);
  EXPECT_NEAR(pixels.data<std::uint8_t>()[0], 100 + 47.0 / 8, 1);  // red 255 of one of eight pixels: grey 147 (147 - 100 = 47)
  EXPECT_EQ(pixels.data<std::uint8_t>()[7], 50);
}

TEST_F(Images, WithoutSubFoldersHaveNoClass) {
  put("1.png", 2, 2, 3);
  EXPECT_THAT(load().names(), ElementsAre("image", "file"));
  EXPECT_EQ(load().target(), "");
  EXPECT_EQ(load_table(folder / "1.png").column("image").shape(), (Shape{1, 2, 2, 3}));
}

TEST_F(Images, SaysWhatIsWrong) {
  EXPECT_THAT(refusal(), HasSubstr("no images"));
  put("a/1.png", 4, 4, 1);
  put("a/2.png", 4, 5, 1);
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr(folder.path().string()), HasSubstr("a/2.png"), HasSubstr("4 x 5"), HasSubstr("height=64,width=64")));
  EXPECT_THAT(refusal(":height=4"), HasSubstr("only one of height and width"));
  EXPECT_THAT(refusal(":height=4,width=0"), HasSubstr("[1, 65500]"));
  EXPECT_THAT(refusal(":hieght=4,width=4"), AllOf(HasSubstr("hieght"), HasSubstr("height"), HasSubstr("image_shape")));
  EXPECT_THAT(refusal(":height=4,width=4,color_mode=sepia"), HasSubstr("grayscale"));
  std::filesystem::create_directories(folder / "empty");
  EXPECT_THAT(refusal(), HasSubstr("the class empty has no images"));
  std::filesystem::remove(folder / "empty");
  put("beside.png", 4, 4, 1);
  EXPECT_THAT(refusal(), HasSubstr("beside.png has no class"));
}

TEST_F(Images, NamesTheFileThatIsCutOff) {
  for (int i = 0; i < 12; ++i) put(upkeep::format("a/{:02}.png", i), 32, 32, static_cast<std::uint8_t>(i));
  const std::string whole = read_file(folder / "a/07.png");
  for (const char* name : {"a/07.png", "a/09.png"}) write_file(folder / name, whole.substr(0, whole.size() / 2));
  EXPECT_THAT(refusal(), AllOf(HasSubstr("a/07.png"), HasSubstr("cut off or damaged")));
  write_file(folder / "a/03.png", "");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("a/03.png"), HasSubstr("the file is empty")));
}

TEST_F(Images, AreNotWritten) {
  put("1.png", 2, 2, 3);
  EXPECT_THAT(message_of([&] { save_table(load(), folder / "2.png"); }), AllOf(HasSubstr(".png"), HasSubstr(".npz")));
}

}  // namespace upkeep
