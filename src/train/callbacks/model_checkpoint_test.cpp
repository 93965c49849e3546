#include "base/files.hpp"
#include "graph/onnx.hpp"
#include "train/callbacks/callback_testing.hpp"

namespace upkeep::callbacks {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

namespace {

std::vector<std::string> files_after(const TemporaryFolder& folder, const std::string& settings, const std::vector<double>& losses) {
  RecordedRun run;
  const auto made = make(parse_named(settings));
  made->begin(run);
  for (const double loss : losses) end_epoch(*made, run, {{"val_loss", loss}});
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) names.push_back(entry.path().filename().string());
  return names;
}

}  // namespace

TEST(ModelCheckpoint, SavesEachEpochUnderItsName) {
  const TemporaryFolder folder;
  EXPECT_THAT(files_after(folder, "model-checkpoint:filepath=" + (folder / "m-{epoch}-{val_loss}.onnx").string(), {0.5, 0.75}),
              UnorderedElementsAre("m-01-0.5000.onnx", "m-02-0.7500.onnx"));
}

TEST(ModelCheckpoint, KeepsTheBestOnly) {
  const TemporaryFolder folder;
  const std::string file = (folder / "best.onnx").string();
  files_after(folder, "model-checkpoint:save_best_only=true,filepath=" + file, {0.5, 0.25, 0.75});
  EXPECT_EQ(model_from_bytes(read_file(file)).producer_name, "epoch 2");
}

TEST(ModelCheckpoint, TakesOnlyWhatBeatsTheThreshold) {
  const TemporaryFolder folder;
  EXPECT_THAT(
      files_after(folder, "model-checkpoint:save_best_only=true,initial_value_threshold=0.1,filepath=" + (folder / "b.onnx").string(),
                  {0.5, 0.25}),
      UnorderedElementsAre());
}

TEST(ModelCheckpoint, WritesOnnxFilesOnly) {
  EXPECT_THAT(message_of([] { make(parse_named("model-checkpoint:filepath=best.keras")); }), HasSubstr("best.keras"));
}

}  // namespace upkeep::callbacks
