#include "explain/background.hpp"

#include "explain/game_testing.hpp"

namespace upkeep::explain {

static const std::vector<ExplainedFeature> kPair = {{.name = "a", .parts = {{"x", {0}}}}, {.name = "b", .parts = {{"x", {1}}}}};

TEST(Background, OfKMeansAreRealRowsWeightedByTheirClusters) {
  std::vector<float> values;
  for (int i = 0; i < 30; ++i) values.insert(values.end(), {0.01f * static_cast<float>(i), 0});
  for (int i = 0; i < 10; ++i) values.insert(values.end(), {50 + 0.01f * static_cast<float>(i), 9});
  const Background made = choose_background({{"x", Tensor({40, 2}, values)}}, kPair, {.rows = 2, .seed = 1});
  EXPECT_THAT(made.weights, testing::ElementsAre(0.75, 0.25));
  EXPECT_NEAR(made.rows.at("x").floats()[0], 0.145, 0.006);
  EXPECT_NEAR(made.rows.at("x").floats()[2], 50.045, 0.006);
  EXPECT_EQ(made.about, "2 rows by k-means of 40 (seed 1)");
}

TEST(Background, OfQuantilesLiesAlongTheLargestVariance) {
  std::vector<float> values;
  for (int i = 0; i < 100; ++i) values.insert(values.end(), {static_cast<float>(i), 2 * static_cast<float>(i)});
  const Background made = choose_background({{"x", Tensor({100, 2}, values)}}, kPair, {.choosing = "quantiles", .rows = 4});
  EXPECT_THAT(made.rows.at("x").floats(), testing::ElementsAre(12, 24, 37, 74, 62, 124, 87, 174));
}

TEST(Background, OfMediansAndZerosIsOneRow) {
  const Tensors rows{{"x", Tensor({5, 2}, std::vector<float>{5, 1, 1, NAN, 3, 2, 9, 8, 2, 7})}};
  EXPECT_THAT(choose_background(rows, kPair, {.choosing = "median"}).rows.at("x").floats(), testing::ElementsAre(3, 2));
  EXPECT_THAT(choose_background(rows, kPair, {.choosing = "zeros"}).rows.at("x").floats(), testing::ElementsAre(0, 0));
  const Tensors texts{{"x", Tensor({3, 1}, std::vector<std::string>{"b", "a", "a"})}};
  const std::vector<ExplainedFeature> text = {{.name = "t", .parts = {{"x", {0}}}, .kind = FeatureKind::kText}};
  EXPECT_THAT(choose_background(texts, text, {.choosing = "median"}).rows.at("x").strings(), testing::ElementsAre("a"));
}

TEST(Background, IsSampledBySeedAndWholeWhereThereAreFewRows) {
  const Tensors rows = normal_rows(50, 2, 3);
  const auto sample = [&](std::uint64_t seed) {
    return choose_background(rows, kPair, {.choosing = "sample", .rows = 5, .seed = seed}).rows.at("x");
  };
  EXPECT_EQ(sample(1), sample(1));
  EXPECT_FALSE(sample(1) == sample(2));
  EXPECT_EQ(choose_background(rows, kPair, {.rows = 50}).about, "all 50 rows");
}

TEST(Background, RefusesNoRowsAndUnknownWays) {
  const Tensors none{{"x", Tensor({0, 2}, std::vector<float>{})}};
  EXPECT_THAT(message_of([&] { choose_background(none, kPair, {}); }), testing::HasSubstr("no rows"));
  EXPECT_THAT(message_of([&] { choose_background(none, kPair, {.choosing = "kmeans"}); }), testing::HasSubstr("k-means"));
}

}  // namespace upkeep::explain
