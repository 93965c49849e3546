#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

namespace {

// One field as the paper has it: uniform numbers, a Gaussian blur by its definition, times alpha.
std::vector<double> elastic_field(Random& random, int height, int width, double alpha, double sigma) {
  Image noise{.shape = {height, width, 1}, .pixels = std::vector<float>(static_cast<std::size_t>(height * width))};
  random.fill_uniform(noise.pixels);
  const int reach = static_cast<int>(std::ceil(4 * sigma));
  std::vector<double> field;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      double sum = 0;
      double weights = 0;
      for (int j = -reach; j <= reach; ++j)
        for (int i = -reach; i <= reach; ++i) {
          const double weight = std::exp(-(i * i + j * j) / (2 * sigma * sigma));
          sum += weight * (2 * endless_pixel(noise, y + j, x + i, 0, "reflect", 0) - 1);
          weights += weight;
        }
      field.push_back(alpha * sum / weights);
    }
  return field;
}

}  // namespace

TEST(Elastic, MatchesTheDefinitionByNaiveLoops) {
  const Sample sample = patterned_sample(9, 12);
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Random random(seed);
    random.uniform();  // whether
    const std::vector<double> dx = elastic_field(random, 9, 12, 8, 1.5);
    const std::vector<double> dy = elastic_field(random, 9, 12, 8, 1.5);
    const Sample deformed = augmented("elastic", {{"alpha", 8}, {"sigma", 1.5}}, sample, seed);
    EXPECT_NE(deformed.image.pixels, sample.image.pixels);
    expect_read_from(deformed.image, sample.image, [&](int x, int y) {
      const auto i = static_cast<std::size_t>(12 * y + x);
      return TestPlace{x + dx[i], y + dy[i]};
    });
  }
}

TEST(Elastic, IsSimardsForDigitsOfTwentyEightPixels) {
  const Sample sample = patterned_sample(28, 28, 1);
  EXPECT_EQ(augmented("RandomElasticTransform", {}, sample).image.pixels,
            augmented("elastic", {{"alpha", 34}, {"sigma", 4}}, sample).image.pixels);
}

TEST(Elastic, MovesTheMaskAndTheBoxWithTheImage) {
  Sample sample = test_sample({20, 20, 1}, [](int y, int x, int) { return x >= 6 && x < 12 && y >= 4 && y < 15 ? 1.0f : 0.0f; });
  sample.mask = sample.image;
  sample.boxes = {{.left = 6, .top = 4, .right = 12, .bottom = 15, .label = 2}};
  const Sample deformed = augmented("elastic", {{"alpha", 30}, {"sigma", 3}, {"interpolation", "nearest"}}, sample);
  EXPECT_NE(deformed.image.pixels, sample.image.pixels);
  EXPECT_EQ(deformed.mask.pixels, deformed.image.pixels);
  int left = 20, right = 0, top = 20, bottom = 0;
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 20; ++x)
      if (deformed.mask.at(y, x)[0] == 1) {
        left = std::min(left, x);
        right = std::max(right, x + 1);
        top = std::min(top, y);
        bottom = std::max(bottom, y + 1);
      }
  const Box box = only_box(deformed);
  EXPECT_EQ(box.left, left);
  EXPECT_EQ(box.right, right);
  EXPECT_EQ(box.top, top);
  EXPECT_EQ(box.bottom, bottom);
  EXPECT_EQ(box.label, 2);
}

TEST(Elastic, RefusesNoSmoothnessAtAll) {
  EXPECT_THAT(message_of([] { make_augmenter("elastic", {{"sigma", 0}}); }), testing::HasSubstr("sigma"));
}

}  // namespace upkeep::augment
