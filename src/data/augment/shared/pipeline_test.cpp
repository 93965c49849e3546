#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

using testing::AllOf;
using testing::HasSubstr;

TEST(Pipeline, RunsItsListInOrder) {
  const Pipeline pipeline = Pipeline::parse({"crop:height=2,width=2,padding=0", "flip_horizontal:probability=1"});
  std::vector<Sample> samples = {test_sample({2, 2, 1}, [](int y, int x, int) { return static_cast<float>(2 * y + x); })};
  const std::vector<std::int64_t> rows = {0};
  pipeline.run(samples, {}, {.seed = 1, .epoch = 0, .rows = rows});
  EXPECT_THAT(samples[0].image.pixels, testing::ElementsAre(1, 0, 3, 2));
  EXPECT_EQ(Pipeline::parse({"crop:height=3,width=4", "resized_crop:height=9,width=7"}).output({5, 5, 2}), (ImageShape{9, 7, 2}));
}

TEST(Pipeline, GivesARowTheSameChancesInAnyBatch) {
  const Pipeline pipeline = Pipeline::parse({"rotation", "gaussian_noise", "erasing"});
  std::vector<Sample> together(5, patterned_sample(6, 6));
  const std::vector<std::int64_t> rows = {40, 7, 3'000'000'000'000, 7, 0};
  pipeline.run(together, {}, {.seed = 9, .epoch = 2, .rows = rows});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<Sample> alone = {patterned_sample(6, 6)};
    pipeline.run(alone, {}, {.seed = 9, .epoch = 2, .rows = std::span(rows).subspan(i, 1)});
    EXPECT_EQ(alone[0].image.pixels, together[i].image.pixels);
  }
  EXPECT_EQ(together[1].image.pixels, together[3].image.pixels);
  EXPECT_NE(together[0].image.pixels, together[1].image.pixels);
}

TEST(Pipeline, VariesWithSeedEpochRowAndStage) {
  const auto first = [](std::uint64_t seed, std::uint32_t epoch, std::size_t stage, std::int64_t row) {
    return sample_random({.seed = seed, .epoch = epoch, .rows = {}}, stage, row).uniform();
  };
  std::set<double> seen;
  for (const std::uint64_t seed : {0U, 1U})
    for (const std::uint32_t epoch : {0U, 1U})
      for (const std::size_t stage : {0U, 1U})
        for (const std::int64_t row : {std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 32})
          seen.insert(first(seed, epoch, stage, row));
  EXPECT_EQ(seen.size(), 24U);
  EXPECT_EQ(first(3, 4, 5, 6), first(3, 4, 5, 6));
}

TEST(Pipeline, MixesEachSampleWithOneAsItWasBefore) {
  const Pipeline pipeline = Pipeline::parse({"mixup:alpha=1"});
  std::vector<Sample> samples;
  std::vector<std::int64_t> rows;
  for (int i = 0; i < 8; ++i) {
    samples.push_back(test_sample({1, 1, 8}, [i](int, int, int c) { return c == i ? 1.0f : 0.0f; }));
    samples.back().labels = samples.back().image.pixels;
    rows.push_back(i);
  }
  pipeline.run(samples, {}, {.seed = 4, .epoch = 0, .rows = rows});
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(samples[i].labels, samples[i].image.pixels);
    EXPECT_LE(std::ranges::count_if(samples[i].labels, [](float share) { return share > 0; }), 2);  // itself and one other
    EXPECT_NEAR(std::ranges::fold_left(samples[i].labels, 0.0f, std::plus()), 1, 1e-6);
  }
  std::vector<float> partners(8, 0.0f);  // a permutation: nobody is a partner twice
  for (std::size_t i = 0; i < 8; ++i)
    for (std::size_t k = 0; k < 8; ++k) partners[k] += k != i && samples[i].labels[k] > 0 ? 1.0f : 0.0f;
  for (const float count : partners) EXPECT_LE(count, 1);
}

TEST(Pipeline, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { Pipeline::parse({"rotatoin"}); }), AllOf(HasSubstr("rotatoin"), HasSubstr("rotation")));
  EXPECT_THAT(message_of([] { Pipeline::parse({"rotation:angle=3"}); }),
              AllOf(HasSubstr("augmenter rotation"), HasSubstr("angle"), HasSubstr("factor")));
  EXPECT_THAT(message_of([] { Pipeline::parse({"rotation:factor=3"}); }), AllOf(HasSubstr("rotation.factor"), HasSubstr("[-1, 1]")));
  EXPECT_THAT(message_of([] { Pipeline::parse({"rotation"}).output({1, 1, 64}); }),
              AllOf(HasSubstr("augmenter rotation: takes images, the rows are 64 numbers"), HasSubstr("image_shape=8x8x1")));
}

TEST(Pipeline, EveryMemberHasSettingsThatItAccepts) {
  for (const AugmenterEntry& entry : catalog()) {
    EXPECT_FALSE(entry.help.empty()) << entry.name;
    Json defaults = Json::object();
    for (const Field& field : entry.settings.fields()) defaults[field.name] = field.default_value;
    EXPECT_NO_THROW(entry.make(defaults)) << entry.name;
  }
}

}  // namespace upkeep::augment
