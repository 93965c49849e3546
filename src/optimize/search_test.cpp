#include "optimize/search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "optimize/optimize_testing.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

// y = 2 x0 - x1, learnt by units of which few are needed.
Dataset plane(std::int64_t rows, std::uint64_t seed) {
  Random random(seed, stream_id("plane"));
  std::vector<float> x, y;
  for (std::int64_t i = 0; i < rows; ++i) {
    x.push_back(static_cast<float>(random.uniform()));
    x.push_back(static_cast<float>(random.uniform()));
    y.push_back(2 * x[x.size() - 2] - x.back());
  }
  Dataset data;
  data.inputs["x"] = Tensor(Shape{rows, 2}, std::move(x));
  data.targets = Tensor(Shape{rows, 1}, std::move(y));
  return data;
}

Model learnt(const Compile& compile) {
  Trainer trainer(model_of("layers: [{input: {shape: [2], name: x}}, {dense: {units: 64, activation: relu}}, {dense: {units: 32, "
                           "activation: relu}}, {dense: {units: 1}}]"),
                  compile);
  trainer.fit(plane(400, 1), {.epochs = 20, .seed = 1, .show_progress = false});
  return trainer.model();
}

}  // namespace

TEST(Search, FindsSmallerModelsAndTheFrontThatNoOtherBeats) {
  const Compile compile{.optimizer = parse_named("adam:learning_rate=0.01"), .loss = parse_named("mse")};
  const Model model = learnt(compile);
  const SearchOptions options{
      .limits = {parse_acceptance("mae:+0.1")}, .goal = Goal::kSize, .compile = compile, .epochs = 5, .seed = 1, .threads = 1};
  const SearchResult result = search(model, plane(400, 1), plane(200, 2), options);
  ASSERT_TRUE(result.best);
  const SearchCandidate& best = result.candidates[*result.best];
  EXPECT_TRUE(best.front);
  EXPECT_TRUE(best.verdict->accepted());
  EXPECT_LT(finding_of(best, "zipped")->after, 0.7 * finding_of(best, "zipped")->before);
  for (const SearchCandidate& one : result.candidates)
    if (one.verdict && one.verdict->accepted()) {
      EXPECT_GE(finding_of(one, "zipped")->after, finding_of(best, "zipped")->after) << one.name;
    }
  const SearchResult again = search(model, plane(400, 1), plane(200, 2), options);
  ASSERT_EQ(again.candidates.size(), result.candidates.size());
  for (std::size_t i = 0; i < again.candidates.size(); ++i) {
    const SearchCandidate &one = result.candidates[i], &other = again.candidates[i];
    ASSERT_EQ(one.verdict.has_value(), other.verdict.has_value());
    if (one.verdict) {
      EXPECT_EQ(other.verdict->findings[0].after, one.verdict->findings[0].after) << one.name;
    }
  }
}

TEST(Search, TriesWithoutTrainingWhereNobodySaysHow) {
  const Model model = learnt({.loss = parse_named("mse")});
  const SearchResult result =
      search(model, plane(100, 1), plane(100, 2), {.limits = {parse_acceptance("mae:+100%")}, .compile = {}, .threads = 1});
  for (const SearchCandidate& one : result.candidates) EXPECT_THAT(one.name, testing::Not(testing::HasSubstr("channels")));
  EXPECT_THAT(message_of([&] { search(model, plane(9, 1), plane(9, 2), {.limits = {parse_acceptance("latency:-10%")}, .compile = {}}); }),
              testing::HasSubstr("no limit says"));
}

TEST(Search, AnEmptyBudgetTriesOneAndSaysSo) {
  const Compile compile{.loss = parse_named("mse")};
  const Model model = learnt(compile);
  const SearchResult result = search(model, plane(100, 1), plane(100, 2),
                                     {.limits = {parse_acceptance("mae:+1%")}, .budget_seconds = 0, .compile = compile, .threads = 1});
  EXPECT_EQ(result.candidates.size(), 1U);
  EXPECT_TRUE(result.out_of_budget);
}

}  // namespace upkeep
