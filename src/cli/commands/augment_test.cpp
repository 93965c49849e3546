#include "cli/command_testing.hpp"
#include "data/images/picture.hpp"
#include "data/table.hpp"

namespace upkeep {

using testing::AllOf;
using testing::HasSubstr;

namespace {

class AugmentCommand : public CommandTest {
 protected:
  AugmentCommand() {
    std::string csv = "label,p0,p1,p2,p3\n";
    for (int i = 0; i < 20; ++i) csv += upkeep::format("{},{},{},{},{}\n", i % 3, i, 2 * i, 40 - i, 7);
    write_file(folder / "pixels.csv", csv);
  }
  static constexpr const char* kImages = "augment --data DIR/pixels.csv:image_shape=2x2x1 --target label --seed 3 ";
};

}  // namespace

TEST_F(AugmentCommand, DrawsASheet) {
  const Ran ran = run_here(std::string(kImages) + "--augment flip --augment mixup --preview DIR/sheet.png --rows 4 --columns 3 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["rows"], 20);
  EXPECT_EQ(ran.json()["seed"], 3);
  const std::string bytes = read_file(folder / "sheet.png");
  EXPECT_EQ(images::decode(bytes, 3).width, 3 * 112 + 2 * 8 + 16 + 2 * 16);
  ASSERT_EQ(run_here(std::string(kImages) + "--augment flip --augment mixup --preview DIR/again.png --rows 4 --columns 3 --threads 4").code,
            0);
  EXPECT_EQ(read_file(folder / "again.png"), bytes);
}

TEST_F(AugmentCommand, WritesImagesWithTheirLabels) {
  const Ran ran = run_here(std::string(kImages) + "--augment flip_horizontal:probability=1 --copies 2 --originals --output DIR/more.npz");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("60 rows of 20"));
  const Table table = load_table(folder / "more.npz");
  EXPECT_EQ(table.rows(), 60);
  const Tensor images = table.column("image");
  EXPECT_EQ(images.shape(), (Shape{60, 2, 2, 1}));
  EXPECT_EQ(table.column("label").data<std::int64_t>()[24], 1);
  EXPECT_EQ(table.column("source_row").data<std::int64_t>()[24], 4);
  EXPECT_EQ(images.floats()[16], 4);       // row 4 as it is: 4 8 / 36 7
  EXPECT_EQ(images.floats()[80 + 16], 8);  // and mirrored
  EXPECT_EQ(images.floats()[80 + 19], 36);
}

TEST_F(AugmentCommand, WritesMixedLabelsAsShares) {
  ASSERT_EQ(run_here(std::string(kImages) + "--augment mixup:alpha=1 --output DIR/mixed.npz").code, 0);
  const Table table = load_table(folder / "mixed.npz");
  const Tensor labels = table.column("label");
  EXPECT_EQ(labels.shape(), (Shape{20, 3}));
  for (std::size_t row = 0; row < 20; ++row)
    EXPECT_NEAR(labels.floats()[row * 3] + labels.floats()[row * 3 + 1] + labels.floats()[row * 3 + 2], 1, 1e-6);
}

TEST_F(AugmentCommand, WritesTablesOfNumbers) {
  const Ran ran =
      run_here("augment --data DIR/line.csv --target y --augment gaussian_noise:stddev=0.01,relative=true --seed 1 --output DIR/noisy.csv");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Table table = load_table(folder / "noisy.csv");
  EXPECT_THAT(table.names(), testing::ElementsAre("a", "b", "y", "source_row"));
  const Tensor a = table.column("a").cast(DType::kFloat64);
  for (std::size_t row = 0; row < 40; ++row) EXPECT_NEAR(a.data<double>()[row], static_cast<double>(row % 8), 0.2);
  EXPECT_NE(a.data<double>()[1], 1);
}

TEST_F(AugmentCommand, WritesAFolderThatIsReadAsData) {
  ASSERT_EQ(run_here(std::string(kImages) + "--augment flip --copies 2 --output DIR/photos").code, 0);
  const Table table = load_table(folder / "photos");
  EXPECT_EQ(table.rows(), 40);
  EXPECT_EQ(table.column("class").strings().front(), "0");
  const Ran again = run_here("augment --data DIR/photos --augment hue --preview DIR/s.png --seed 1");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(run_here(std::string(kImages) + "--augment flip --output DIR/photos").err, HasSubstr("the folder is not empty"));
}

TEST_F(AugmentCommand, SaysWhatIsWrong) {
  const auto refusal = [this](const std::string& rest) { return run_here(kImages + rest).err; };
  EXPECT_THAT(refusal("--augment flip"), HasSubstr("--preview"));
  EXPECT_THAT(refusal("--preview DIR/s.png"), AllOf(HasSubstr("no augmenter"), HasSubstr("data/augment")));
  EXPECT_THAT(refusal("--augment flop --preview DIR/s.png"), AllOf(HasSubstr("flop"), HasSubstr("flip")));
  EXPECT_THAT(refusal("--augment hue --preview DIR/s.png"), HasSubstr("three channels"));
  EXPECT_THAT(refusal("--augment mixup --output DIR/folder"), HasSubstr("no one class"));
  EXPECT_THAT(run_here("augment --data DIR/line.csv --augment gaussian_noise --preview DIR/s.png --seed 1").err,
              HasSubstr("image_shape=8x8x1"));
  EXPECT_THAT(run_here("augment --data DIR/line.csv --augment rotation --output DIR/o.npz --seed 1").err, HasSubstr("takes images"));
  EXPECT_THAT(run_here("augment --data DIR/line.csv --target note --augment gaussian_noise --output DIR/folder --seed 1").err,
              HasSubstr("only images"));
  EXPECT_FALSE(std::filesystem::exists(folder / "s.png"));
  EXPECT_FALSE(std::filesystem::exists(folder / "folder"));
}

}  // namespace upkeep
