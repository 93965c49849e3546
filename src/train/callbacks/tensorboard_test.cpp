#include "base/files.hpp"
#include "train/callbacks/callback_testing.hpp"

namespace upkeep::callbacks {

using testing::HasSubstr;
using testing::Not;

namespace {

std::string bytes_in(const std::filesystem::path& folder) {
  std::string all;
  if (!std::filesystem::exists(folder)) return all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) all += read_file(entry.path());
  return all;
}

}  // namespace

TEST(TensorBoardCallback, WritesTrainingAndValidationApart) {
  const TemporaryFolder folder;
  RecordedRun run;
  const auto made = make({"tensorboard", {{"log_dir", folder.path().string()}}});
  made->begin(run);
  made->batch_end({.iteration = 1, .loss = 1}, run);
  end_epoch(*made, run, {{"loss", 0.5}, {"val_loss", 0.75}, {"learning_rate", 0.1}});
  EXPECT_THAT(bytes_in(folder / "train"), HasSubstr("epoch_loss"));
  EXPECT_THAT(bytes_in(folder / "train"), HasSubstr("epoch_learning_rate"));
  EXPECT_THAT(bytes_in(folder / "train"), Not(HasSubstr("batch_loss")));
  EXPECT_THAT(bytes_in(folder / "validation"), HasSubstr("epoch_loss"));
  EXPECT_THAT(bytes_in(folder / "validation"), Not(HasSubstr("learning_rate")));
}

TEST(TensorBoardCallback, WritesTheLossOfSomeBatches) {
  const TemporaryFolder folder;
  RecordedRun run;
  const auto made = make({"tensorboard", {{"log_dir", folder.path().string()}, {"update_freq", "3"}}});
  made->begin(run);
  const std::size_t before = bytes_in(folder / "train").size();
  made->batch_end({.iteration = 2, .loss = 1}, run);
  EXPECT_EQ(bytes_in(folder / "train").size(), before);
  made->batch_end({.iteration = 3, .loss = 1}, run);
  EXPECT_THAT(bytes_in(folder / "train"), HasSubstr("batch_loss"));
  EXPECT_THAT(message_of([] { make(parse_named("tensorboard:update_freq=often")); }), HasSubstr("often"));
}

}  // namespace upkeep::callbacks
