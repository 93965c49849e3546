#include "explain/features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/error_testing.hpp"

namespace upkeep::explain {

namespace {

std::vector<std::string> names(const std::vector<ExplainedFeature>& features) {
  std::vector<std::string> all;
  for (const ExplainedFeature& feature : features) all.push_back(feature.name);
  return all;
}

Signature table_signature() {
  return {.inputs = {{.name = "x",
                      .dtype = DType::kFloat32,
                      .dims = {{-1, 3}},
                      .features = {{.column = "age"}, {.column = "city_paris"}, {.column = "city_rome"}}}},
          .outputs = {}};
}

}  // namespace

TEST(ExplainedFeatures, AreTheColumnsOfATable) {
  const auto features = features_of(table_signature());
  EXPECT_THAT(names(features), testing::ElementsAre("age", "city_paris", "city_rome"));
  EXPECT_EQ(features[2].parts, (std::vector<InputElements>{{"x", {2}}}));
  EXPECT_TRUE(features[0].scalar());
}

TEST(ExplainedFeatures, OneHotColumnsAreOneFeatureOfAGroup) {
  const auto features = features_of(table_signature(), {.groups = {{"city", {"city_*"}}}});
  ASSERT_THAT(names(features), testing::ElementsAre("age", "city"));
  EXPECT_EQ(features[1].parts, (std::vector<InputElements>{{"x", {1, 2}}}));
}

TEST(ExplainedFeatures, AGroupNamesFeaturesThatExistAndNoneTwice) {
  EXPECT_THAT(message_of([] { features_of(table_signature(), {.groups = {{"town", {"town_*"}}}}); }), testing::HasSubstr("age"));
  EXPECT_THAT(message_of([] { features_of(table_signature(), {.groups = {{"a", {"age"}}, {"b", {"a*"}}}}); }),
              testing::HasSubstr("is in two groups"));
}

TEST(ExplainedFeatures, OfSeveralInputsSayWhichInput) {
  Signature signature = table_signature();
  signature.inputs.push_back(
      {.name = "city", .dtype = DType::kString, .dims = {{-1, 1}}, .features = {{.column = "town", .kind = FeatureKind::kCategory}}});
  const auto features = features_of(signature);
  EXPECT_THAT(names(features), testing::ElementsAre("x=age", "x=city_paris", "x=city_rome", "city=town"));
  EXPECT_EQ(features[3].kind, FeatureKind::kCategory);
}

TEST(ExplainedFeatures, OfAnImageAreSquaresThatCoverEachPixelOnce) {
  for (const bool first : {false, true}) {
    const Signature signature{
        .inputs = {{.name = "image",
                    .dtype = DType::kFloat32,
                    .dims = first ? std::vector<std::int64_t>{-1, 3, 28, 20} : std::vector<std::int64_t>{-1, 28, 20, 3},
                    .features = {}}},
        .outputs = {}};
    const auto features = features_of(signature);
    EXPECT_LE(features.size(), 64U);
    EXPECT_GT(features.size(), 20U);
    std::vector<std::int64_t> seen;
    for (const auto& feature : features) seen.insert(seen.end(), feature.parts[0].elements.begin(), feature.parts[0].elements.end());
    std::ranges::sort(seen);
    std::vector<std::int64_t> all(28UL * 20 * 3);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(seen, all);
  }
}

TEST(ExplainedFeatures, OfASequenceAreStepsOrNamedColumns) {
  Signature signature{.inputs = {{.name = "x", .dtype = DType::kFloat32, .dims = {{-1, 5, 2}}, .features = {}}}, .outputs = {}};
  auto features = features_of(signature);
  ASSERT_EQ(features.size(), 5U);
  EXPECT_EQ(features[1].name, "x[step 1]");
  EXPECT_EQ(features[1].parts[0].elements, (std::vector<std::int64_t>{2, 3}));
  signature.inputs[0].features = {{.column = "wind"}, {.column = "rain"}};
  features = features_of(signature);
  ASSERT_THAT(names(features), testing::ElementsAre("wind", "rain"));
  EXPECT_EQ(features[1].parts[0].elements, (std::vector<std::int64_t>{1, 3, 5, 7, 9}));
  EXPECT_EQ(features_of(signature, {.sequences = Sequences::kCells}).size(), 10U);
}

TEST(ExplainedFeatures, AnOpenAxisIsTakenFromTheRows) {
  const Signature signature{.inputs = {{.name = "x", .dtype = DType::kInt64, .dims = {{-1, -1}}, .features = {}}}, .outputs = {}};
  EXPECT_THAT(message_of([&] { features_of(signature); }), testing::HasSubstr("leaves the size of axis 1 open"));
  const auto features = features_of(signature, {.row_shapes = {{"x", {4}}}});
  ASSERT_EQ(features.size(), 4U);
  EXPECT_EQ(features[3].name, "x[3]");
  EXPECT_TRUE(features[3].integer);
}

TEST(ExplainedFeatures, AColumnOfEmbeddingsIsOneFeature) {
  const Signature signature{.inputs = {{.name = "e", .dtype = DType::kFloat32, .dims = {{-1, 16}}, .features = {{.column = "embedding"}}}},
                            .outputs = {}};
  const auto features = features_of(signature);
  ASSERT_EQ(features.size(), 1U);
  EXPECT_EQ(features[0].parts[0].elements.size(), 16U);
  EXPECT_FALSE(features[0].scalar());
}

}  // namespace upkeep::explain
